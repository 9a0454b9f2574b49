//! Who acts. Holding one of these types is the permission: a service function for supervisors takes
//! a [`Supervisor`], so forgetting the check does not compile.
//!
//! An [`Actor`] is made from a signed-in session (`http::auth`) or by the command line, nowhere else;
//! `tests/architecture.rs` sees to it. The roles are made from an actor by asking for them.

use chrono::{DateTime, Utc};

use crate::kernel::audit::Subject;
use crate::kernel::entity::account::{self, Role};
use crate::kernel::types::{AccountId, EmailAddress, OrganisationId};

/// Somebody who is signed in, whatever the role.
#[derive(Clone, Debug)]
pub struct Actor {
    account: AccountId,
    organisation: OrganisationId,
    email: EmailAddress,
    name: String,
    role: Role,
    confirmed_at: Option<DateTime<Utc>>,
    address: String,
}

impl Actor {
    /// The owner of `account`, acting from the network address `address`.
    pub fn signed_in(account: &account::Model, address: String) -> Self {
        Self {
            account: account.id,
            organisation: account.organisation_id,
            email: account.email.clone(),
            name: account.full_name.clone(),
            role: account.role,
            confirmed_at: account.confirmed_at,
            address,
        }
    }

    /// The account.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The organisation whose rows are the actor's own.
    pub fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// The user name.
    pub fn email(&self) -> &EmailAddress {
        &self.email
    }

    /// The full name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the user name is known to be its owner's address.
    pub fn has_confirmed(&self) -> bool {
        self.confirmed_at.is_some()
    }

    /// Whether that was known at `moment`.
    pub fn had_confirmed_at(&self, moment: DateTime<Utc>) -> bool {
        self.confirmed_at.is_some_and(|confirmed_at| confirmed_at <= moment)
    }

    /// The network address it acts from; empty on the command line.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether the account belongs to the plant.
    pub fn is_staff(&self) -> bool {
        self.role != Role::Customer
    }
}

/// Who does something, as the log keeps it.
#[derive(Clone, Debug)]
pub struct By {
    /// The account, if somebody is signed in.
    pub account: Option<AccountId>,
    /// Its user name, what a stranger says to be, or `system`.
    pub name: String,
    /// The network address; empty on the command line and for the application itself.
    pub address: String,
}

impl By {
    /// Somebody who is not signed in and says to be `name`.
    pub fn stranger(name: &str, address: &str) -> Self {
        Self { account: None, name: name.to_owned(), address: address.to_owned() }
    }

    /// The command line, or the application itself.
    pub fn system() -> Self {
        Self::stranger("system", "")
    }
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        Self {
            account: Some(actor.account),
            name: actor.email.as_str().to_owned(),
            address: actor.address.clone(),
        }
    }
}

impl From<&Actor> for Subject {
    fn from(actor: &Actor) -> Self {
        Self::new(actor.account, actor.email.as_str())
    }
}

macro_rules! permission {
    ($(#[$doc:meta])* $name:ident: $($role:ident)|+) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(Actor);

        impl $name {
            /// The permission, if `actor` has it.
            pub fn of(actor: &Actor) -> Option<Self> {
                Self::is_had_by(actor).then(|| Self(actor.clone()))
            }

            /// Whether `actor` has it.
            pub fn is_had_by(actor: &Actor) -> bool {
                matches!(actor.role, $(Role::$role)|+)
            }
        }

        impl From<&$name> for By {
            fn from(permission: &$name) -> Self {
                (&permission.0).into()
            }
        }

        impl std::ops::Deref for $name {
            type Target = Actor;

            fn deref(&self) -> &Actor {
                &self.0
            }
        }
    };
}

permission! {
    /// Fills in, submits and cancels its own organisation's entries.
    Customer: Customer
}
permission! {
    /// Scans, checks in and out, refuses; reads submissions. Every role of the plant may.
    Guard: Guard | Supervisor | Admin
}
permission! {
    /// Decides, overrides, corrects.
    Supervisor: Supervisor | Admin
}
permission! {
    /// Users and settings.
    Admin: Admin
}

/// Every supervisor is a guard too.
impl From<&Supervisor> for Guard {
    fn from(supervisor: &Supervisor) -> Self {
        Self(supervisor.0.clone())
    }
}

/// Somebody who reads papers and submissions: a customer the organisation's own, staff all.
#[derive(Clone, Debug)]
pub enum Reader {
    /// Its own organisation's.
    Customer(Customer),
    /// Everybody's.
    Staff(Guard),
}

impl Reader {
    /// How `actor` reads.
    pub fn of(actor: &Actor) -> Option<Self> {
        Customer::of(actor).map(Self::Customer).or_else(|| Guard::of(actor).map(Self::Staff))
    }
}

impl From<&Operator> for By {
    fn from(_: &Operator) -> Self {
        Self::system()
    }
}

impl std::ops::Deref for Reader {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        match self {
            Self::Customer(customer) => customer,
            Self::Staff(guard) => guard,
        }
    }
}

/// Whoever runs the program on its machine: may do with accounts what an admin may, and act as anybody.
#[derive(Debug)]
pub struct Operator(());

impl Operator {
    /// For `main` alone, which `tests/architecture.rs` sees to.
    pub fn at_the_command_line() -> Self {
        Self(())
    }

    /// The owner of `account`, acting from here.
    pub fn acting_as(&self, account: &account::Model) -> Actor {
        Actor::signed_in(account, String::new())
    }
}
