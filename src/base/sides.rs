//! Training and held-out data are different types, so fitting on the held-out part does not compile.

/// Rows a fit may see.
#[derive(Debug, Clone)]
pub struct Train<T>(T);

/// Rows only an evaluation may see. There is no way back to [`Train`].
#[derive(Debug, Clone)]
pub struct Test<T>(T);

impl<T> Train<T> {
    /// Declares all of `rows` as training data.
    pub fn all(rows: T) -> Self {
        Self(rows)
    }

    /// Cuts `rows` in two with `take(rows, which)`.
    pub fn split<I: ?Sized>(
        rows: &T,
        train: &I,
        test: &I,
        take: impl Fn(&T, &I) -> T,
    ) -> (Self, Test<T>) {
        (Self(take(rows, train)), Test(take(rows, test)))
    }

    /// The data.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// The same side after a transformation.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Train<U> {
        Train(f(self.0))
    }

    /// The same side after a transformation that may fail.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Train<U>, E> {
        f(self.0).map(Train)
    }
}

impl<T> Test<T> {
    /// Declares all of `rows` as held-out data.
    pub fn all(rows: T) -> Self {
        Self(rows)
    }

    /// The data.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// The same side after a transformation.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Test<U> {
        Test(f(self.0))
    }

    /// The same side after a transformation that may fail.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Test<U>, E> {
        f(self.0).map(Test)
    }
}
