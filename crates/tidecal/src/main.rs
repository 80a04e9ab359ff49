//! tidecal
fn main() {}
