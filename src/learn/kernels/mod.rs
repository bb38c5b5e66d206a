//! What learners share: solvers, histogram trees, SIMD.
