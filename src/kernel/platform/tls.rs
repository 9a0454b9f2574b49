//! TLS of what this program asks of others over HTTP.

/// Names the cryptography behind TLS, for this process. Without it, no HTTP client can be built.
pub fn set_up() {
    // It fails where it was done before, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
}
