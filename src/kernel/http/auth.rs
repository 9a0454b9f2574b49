//! Extractors for the types of `access`: a handler that takes one is reached only by who may.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::address::client_address;
use super::session;
use crate::kernel::access::{Actor, Admin, Customer, Guard, Reader, Supervisor};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// Who is signed in, if anybody is.
pub fn actor(request: &HttpRequest) -> Option<Actor> {
    let state = request.app_data::<web::Data<AppState>>()?;
    let current = session::current(request)?;
    Some(Actor::signed_in(&current.account, client_address(request, state)))
}

impl FromRequest for Actor {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(actor(request).ok_or(AppError::SignInFirst))
    }
}

macro_rules! extract {
    ($($permission:ident),+) => {
        $(impl FromRequest for $permission {
            type Error = AppError;
            type Future = Ready<Result<Self, AppError>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(match actor(request) {
                    None => Err(AppError::SignInFirst),
                    Some(actor) => Self::of(&actor).ok_or(AppError::Forbidden),
                })
            }
        })+
    };
}

extract!(Customer, Guard, Supervisor, Admin, Reader);
