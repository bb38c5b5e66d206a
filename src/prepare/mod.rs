//! Preparation: one file per transform, and the recipe that chains them. Unfitted and fitted are different types.
