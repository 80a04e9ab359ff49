//! The problems that people have with calendar synchronisation, brought about for real: over HTTP, with
//! second editors, faults, older databases and odd data, on both databases. Each file is one problem and
//! is named by its number; each test says what it is like when the problem does not exist.
//!
//! `desk` is what they share. The same problems as plain sentences for the core alone stand in
//! `crates/tidecal-core/tests/problems`.

mod desk;
mod p01;
mod p02;
mod p03;
mod p04;
mod p05;
mod p06;
mod p07;
mod p08;
mod p09;
mod p10;
mod p11;
mod p12;
mod p13;
mod p14;
mod p15;
mod p16;
mod p17;
mod p18;
mod p19;
mod p21;
mod p22;
mod p23;
mod p24;
mod p36;
mod p37;
mod p38;
