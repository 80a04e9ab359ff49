//! Policies: rules about time, filters and kinds, as functions of their arguments.
