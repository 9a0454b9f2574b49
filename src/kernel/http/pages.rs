//! Which page an address belongs to. Forms post to addresses that nobody can open; their page is the nearest
//! one above: `/gate/submissions/{id}/refuse` stands on `/gate/submissions/{id}`.

use actix_web::http::Method;
use actix_web::introspection::{IntrospectionNode, IntrospectionTree};
use actix_web::{HttpRequest, web};

/// `address` itself, if it can be opened or leads nowhere; for one that takes forms alone, the nearest page
/// above it.
pub fn page_of(request: &HttpRequest, address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    match methods_of(request, path) {
        Some(methods) if !methods.contains(&Method::GET) => {}
        _ => return address.to_owned(),
    }
    let above = path.rmatch_indices('/').map(|(end, _)| &path[..end]);
    let opens = |path: &&str| methods_of(request, path).is_some_and(|methods| methods.contains(&Method::GET));
    above.filter(|path| !path.is_empty()).find(opens).unwrap_or("/").to_owned()
}

/// The methods that the address takes, if there is one.
fn methods_of<'a>(request: &'a HttpRequest, path: &str) -> Option<&'a [Method]> {
    let pattern = request.resource_map().match_pattern(path)?;
    let tree = request.app_data::<web::Data<IntrospectionTree>>()?;
    find(&tree.root, &pattern).map(|node| node.methods.as_slice())
}

fn find<'a>(node: &'a IntrospectionNode, pattern: &str) -> Option<&'a IntrospectionNode> {
    if node.full_path == pattern && !node.methods.is_empty() {
        return Some(node);
    }
    node.children.iter().find_map(|child| find(child, pattern))
}
