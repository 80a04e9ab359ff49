//! The two databases behind one small layer: values, rows, transactions, bulk statements.
//!
//! Statements are written once. `$1` parameters work on both; the few places where the dialects
//! differ are tokens in braces (see [`dialect`]). Nothing here knows a table.

mod bulk;
mod connect;
mod dialect;
mod faults;
mod lanes;
mod row;
mod transaction;
mod value;

pub(crate) use bulk::Bulk;
pub(crate) use connect::{Database, DatabaseOptions, Pools};
pub use dialect::Backend;
pub use faults::{FaultSwitch, FaultWay};
pub(crate) use lanes::Lane;
pub(crate) use row::{Row, decode_error};
pub(crate) use transaction::{Access, Tx};
pub(crate) use value::{Value, parse_time, to_millis};

/// The values of a statement, in the order of its parameters.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::database::Value::from($value)),*] };
}
pub(crate) use values;
