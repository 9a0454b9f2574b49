//! A browser, as far as a server can tell: it keeps cookies. It follows no redirect by itself.

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder, redirect};

use super::page::Page;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// The address of the account of `name`.
pub fn email_of(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase().replace(' ', "."))
}

/// A browser. Copies share its cookies.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    origin: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Client {
    /// A fresh one that opens paths of `origin`.
    pub fn new(origin: String) -> Self {
        gatehouse::kernel::platform::tls::set_up(); // the program's features of the HTTP client are the tests' too
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { http, origin, headers: Vec::new() }
    }

    /// The same browser, which from now on sends this header as well.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.parse().unwrap(), value.parse().unwrap()));
        self
    }

    /// The same browser, which from now on visits another process of the site.
    #[must_use]
    pub fn at(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.origin);
        self
    }

    /// Opens `path`.
    pub async fn get(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.request(Method::POST, path).form(fields)).await
    }

    /// Sends a form with files.
    pub async fn post_multipart(&self, path: &str, form: Form) -> Page {
        self.send(self.request(Method::POST, path).multipart(form)).await
    }

    /// A request that is still to be completed, for [`send`](Self::send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.origin));
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Sends `request` and reads the answer to its end.
    pub async fn send(&self, request: RequestBuilder) -> Page {
        self.try_send(request).await.unwrap()
    }

    /// Sends `request` and reads the answer to its end, unless the connection breaks before.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Page> {
        let response = request.send().await?;
        let page = Page {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await?,
            client: self.clone(),
        };
        page.keep();
        Ok(page)
    }

    /// Registers the customer `name` with a company of their own.
    pub async fn register(&self, name: &str) -> Page {
        let company = format!("{name} Logistics");
        let fields = [
            ("company_name", company.as_str()),
            ("full_name", name),
            ("phone", "98765 43210"),
            ("email", &email_of(name)),
            ("password", PASSWORD),
            ("password_confirm", PASSWORD),
        ];
        self.post("/register", &fields).await
    }

    /// Sends the sign-in form.
    pub async fn sign_in(&self, email: &str, password: &str) -> Page {
        self.post("/login", &[("email", email), ("password", password)]).await
    }

    /// The same browser, once the owner of `email` has signed in.
    pub async fn signed_in_as(self, email: &str) -> Self {
        self.sign_in(email, PASSWORD).await.expect_status(303);
        self
    }
}
