//! The sync core: inputs in, instructions out.
