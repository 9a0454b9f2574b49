//! Forms that keep what was typed: one message per field plus the form's own.

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{Error, FromRequest, HttpRequest, web};
use futures_util::future::{FutureExt as _, LocalBoxFuture, ready};
use serde::de::DeserializeOwned;

/// A form that programs may leave out, and then each of its fields is its default. One that is sent and cannot be read is
/// refused: nothing that was typed counts as left out.
#[derive(Debug)]
pub struct OptionalForm<T>(pub T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalForm<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(CONTENT_TYPE) {
            return ready(Ok(Self(T::default()))).boxed_local();
        }
        let form = web::Form::<T>::from_request(request, payload);
        form.map(|form| form.map(|form| Self(form.into_inner()))).boxed_local()
    }
}

/// What is wrong with a form, in the words that its page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormErrors(Vec<FieldError>);

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name, which is also its id on the page; empty for the form as a whole.
    pub field: String,
    /// In the user's language.
    pub message: String,
}

impl FormErrors {
    /// Nothing is wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Something is wrong with `field`. A field keeps its first message.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        let field = field.into();
        if self.of(&field).is_none() {
            self.0.push(FieldError { field, message: message.into() });
        }
    }

    /// Something is wrong with the form as a whole.
    pub fn add_general(&mut self, message: impl Into<String>) {
        self.add("", message);
    }

    /// The value, or a message at `field`.
    pub fn check<T, E>(
        &mut self,
        field: &str,
        parsed: Result<T, E>,
        message: impl FnOnce(E) -> String,
    ) -> Option<T> {
        parsed.map_err(|error| self.add(field, message(error))).ok()
    }

    /// The message at `field`.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }

    /// Whether there is a message at `field`.
    pub fn has(&self, field: &str) -> bool {
        self.of(field).is_some()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of it, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }
}

impl Choice {
    /// Nothing, labelled `none`, and each of `values` with its label.
    pub fn list(none: String, values: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<Self> {
        std::iter::once((String::new(), none))
            .chain(values)
            .map(|(value, label)| Self { chosen: value == chosen, value, label })
            .collect()
    }
}

/// The choices of a select or a group of radio buttons.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}
