//! The import rules of the architecture, checked against every path in `src/`. The tests of this file break
//! each rule once, on sources made up for it.
//!
//! A new feature adds one line to [`SERVICES`], at its rank.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The top-level modules, outermost first. Each line may use itself and what stands below it.
const LAYERS: &[&[&str]] = &[&["main", "cli"], &["demo"], &["app"], &["features"], &["kernel"]];

/// The parts of the kernel, lowest first. Each line may use itself and what stands above it.
const KERNEL: &[&[&str]] = &[
    &["types"],
    &["clock", "error", "config", "texts"],
    &["entity", "access", "audit"],
    &["data"],
    &["keys"],
    &["platform"],
    &["telemetry"],
    &["delivery"],
    &["work"],
    &["identity"],
    &["files"],
    &["state"],
    &["dispatch"],
    &["http"],
];

/// The features by the rank of their services, lowest first. A service may use those that stand above it.
const SERVICES: &[&str] = &[
    "audit",
    "notifications",
    "accounts",
    "opinions",
    "vehicles",
    "crew",
    "documents",
    "passes",
    "submissions",
    "gate",
    "desk",
];

/// What a service never names: it knows neither HTTP nor HTML.
const HTTP_AND_HTML: &[&str] = &["actix_web", "actix_multipart", "askama", "askama_web"];

/// What only some files may call, because holding the result is a permission.
const RESERVED: &[(&str, &[&str])] = &[
    ("signed_in", &["kernel/access.rs", "kernel/http/auth.rs", "features/accounts/service/sign_in.rs"]),
    ("at_the_command_line", &["kernel/access.rs", "main.rs"]),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "misc"];

#[test]
fn imports_run_the_way_the_architecture_says() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let modules: Vec<Module> = sources.iter().map(|(path, text)| Module::parse(path, text)).collect();
    let paths: usize = modules.iter().map(|module| module.paths.len()).sum();
    assert!(modules.len() > 50 && paths > 500, "{paths} paths of {} files were looked at", modules.len());
    let breaches = breaches(&modules);
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

/// Every Rust file below `folder`: its path from there, with `/`, and its text.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// One source file.
struct Module {
    /// Its path below `src/`.
    file: String,
    /// Where it stands: `["features", "gate", "service"]`.
    place: Vec<String>,
    /// Every path that it names, from the root of this crate or of another.
    paths: BTreeSet<Vec<String>>,
    /// The names of modules that it declares.
    declares: Vec<String>,
}

impl Module {
    fn parse(file: &str, text: &str) -> Self {
        let place = file.trim_end_matches(".rs").trim_end_matches("/mod");
        let place: Vec<String> =
            place.split('/').filter(|name| *name != "lib").map(ToOwned::to_owned).collect();
        let mut module = Self { file: file.to_owned(), place, paths: BTreeSet::new(), declares: Vec::new() };
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        let root = if module.place == ["main"] { Vec::new() } else { module.place.clone() };
        module.read(tokens, &root);
        module
    }

    /// Collects from `tokens`, which stand in the module `here`.
    fn read(&mut self, tokens: TokenStream, here: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at..];
            at += match rest {
                [TokenTree::Ident(word), TokenTree::Ident(name), next, ..] if word == "mod" => {
                    self.declares.push(name.to_string());
                    if let TokenTree::Group(body) = next {
                        let inner = [here, &[name.to_string()]].concat();
                        self.read(body.stream(), &inner);
                    }
                    3
                }
                [TokenTree::Ident(_), ..] => self.read_path(rest, &[], here),
                [TokenTree::Group(group), ..] => {
                    self.read(group.stream(), here);
                    1
                }
                _ => 1,
            };
        }
    }

    /// Collects the path that begins with `tokens`, below `prefix`, and what its braces hold. Answers how many
    /// tokens it took.
    fn read_path(&mut self, tokens: &[TokenTree], prefix: &[String], here: &[String]) -> usize {
        let mut path = prefix.to_vec();
        let mut taken = 0;
        loop {
            match &tokens[taken..] {
                [TokenTree::Ident(name), ..] => path.push(name.to_string()),
                [TokenTree::Group(branches), ..] if taken > 0 && branches.delimiter() == Delimiter::Brace => {
                    self.read_branches(branches.stream(), &path, here);
                    return taken + 1;
                }
                _ => break, // `use a::*`, or generic arguments: what follows is read on its own
            }
            taken += 1;
            match &tokens[taken..] {
                [TokenTree::Punct(first), TokenTree::Punct(second), ..]
                    if first.as_char() == ':' && second.as_char() == ':' =>
                {
                    taken += 2;
                }
                _ => break,
            }
        }
        self.paths.insert(absolute(&path, here));
        taken
    }

    /// Collects the branches of `use prefix::{a, b::{c, d}}`.
    fn read_branches(&mut self, branches: TokenStream, prefix: &[String], here: &[String]) {
        let branches: Vec<TokenTree> = branches.into_iter().collect();
        for branch in
            branches.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
        {
            if !branch.is_empty() {
                self.read_path(branch, prefix, here);
            }
        }
    }

    /// The feature that it belongs to.
    fn feature(&self) -> Option<&str> {
        feature_of(&self.place)
    }

    /// Whether it is a feature's, but no page: its service, or a module that the service stands on.
    fn is_service(&self) -> bool {
        match self.place.as_slice() {
            [features, _, part, ..] if features == "features" => part == "service" || !self.is_page(),
            _ => false,
        }
    }

    /// Whether it is a page, a part of pages, or what wires pages up: of a feature, and called `parts` or knowing HTTP or
    /// HTML.
    fn is_page(&self) -> bool {
        match self.place.as_slice() {
            [features, _] if features == "features" => true,
            [features, _, part, ..] if features == "features" => {
                part == "parts" || (part != "service" && self.knows_http())
            }
            _ => false,
        }
    }

    fn knows_http(&self) -> bool {
        self.paths.iter().any(|path| is_http(path))
    }
}

fn is_http(path: &[String]) -> bool {
    HTTP_AND_HTML.contains(&path[0].as_str())
        || path.starts_with(&["crate", "kernel", "http"].map(ToOwned::to_owned))
}

/// `path`, from the root: `crate` stands for this crate's, whatever it was called.
fn absolute(path: &[String], here: &[String]) -> Vec<String> {
    let mut from = match path[0].as_str() {
        "super" | "self" => here.to_vec(),
        "crate" | "gatehouse" => Vec::new(),
        _ => return path.to_vec(),
    };
    for name in path {
        match name.as_str() {
            "super" => drop(from.pop()),
            "self" | "crate" | "gatehouse" => {}
            name => from.push(name.to_owned()),
        }
    }
    from.insert(0, "crate".to_owned());
    from
}

fn feature_of(place: &[String]) -> Option<&str> {
    match place {
        [features, feature, ..] if features == "features" => Some(feature),
        _ => None,
    }
}

/// What breaks a rule, one sentence each.
fn breaches(modules: &[Module]) -> Vec<String> {
    let pages: Vec<&[String]> =
        modules.iter().filter(|module| module.is_page()).map(|module| module.place.as_slice()).collect();
    let mut found = Vec::new();
    for module in modules {
        found.extend(bad_names(module));
        for path in &module.paths {
            found.extend(reserved_call(module, path));
            if module.is_service() && is_http(path) {
                found.push(format!("{}: a service names {}", module.file, path.join("::")));
            }
            if path[0] == "crate" {
                let target = &path[1..];
                let checks = [
                    against_the_layers(module, target),
                    within_the_kernel(module, target),
                    against_the_ranks(module, target),
                    into_a_page(module, target, &pages),
                ];
                let checks = checks.into_iter().flatten();
                found.extend(checks.map(|breach| format!("{}: {}: {breach}", module.file, path.join("::"))));
            }
        }
    }
    found
}

fn bad_names(module: &Module) -> Vec<String> {
    let mut names: BTreeSet<&str> = module.place.iter().map(String::as_str).collect();
    names.extend(module.declares.iter().map(String::as_str));
    let bad = names.into_iter().filter(|name| EMPTY_NAMES.contains(name));
    let mut found: Vec<String> =
        bad.map(|name| format!("{}: `{name}` says nothing about what is inside", module.file)).collect();
    if let [top, ..] = module.place.as_slice()
        && layer(top).is_none()
    {
        found.push(format!("{}: `{top}` has no place in the order of the layers", module.file));
    }
    if let [kernel, part, ..] = module.place.as_slice()
        && kernel == "kernel"
        && part_of_the_kernel(part).is_none()
    {
        found.push(format!("{}: `{part}` has no place in the kernel", module.file));
    }
    if let Some(feature) = module.feature()
        && rank(feature).is_none()
    {
        found.push(format!("{}: `{feature}` has no rank among the services", module.file));
    }
    found
}

fn reserved_call(module: &Module, path: &[String]) -> Option<String> {
    let name = path.get(1..)?.last()?;
    let (_, files) = RESERVED.iter().find(|(reserved, _)| reserved == name)?;
    (!files.contains(&module.file.as_str()))
        .then(|| format!("{}: {} is for {} alone", module.file, path.join("::"), files.join(", ")))
}

fn against_the_layers(module: &Module, target: &[String]) -> Option<String> {
    let from = layer(module.place.first()?)?;
    let to = layer(target.first()?)?;
    (to < from).then(|| format!("`{}` stands below `{}`", module.place[0], target[0]))
}

fn within_the_kernel(module: &Module, target: &[String]) -> Option<String> {
    let ([kernel, from, ..], [other, to, ..]) = (module.place.as_slice(), target) else { return None };
    let both = kernel == "kernel" && other == "kernel";
    (both && part_of_the_kernel(to) > part_of_the_kernel(from))
        .then(|| format!("in the kernel `{from}` stands below `{to}`"))
}

fn against_the_ranks(module: &Module, target: &[String]) -> Option<String> {
    let (from, to) = (module.feature()?, feature_of(target)?);
    (module.is_service() && rank(to) > rank(from))
        .then(|| format!("the service of `{from}` ranks below `{to}`"))
}

fn into_a_page(module: &Module, target: &[String], pages: &[&[String]]) -> Option<String> {
    let (from, to) = (module.feature()?, feature_of(target)?);
    let is_service = target.get(2).is_some_and(|part| part == "service");
    // A path into a feature that leads into none of its files names something of its mod.rs.
    let leads_to_a_page =
        !is_service && pages.iter().filter(|page| page.len() > 2).any(|page| target.starts_with(page));
    let may = from == to && !module.is_service(); // pages of one feature share what a form has in common
    let leads_to_parts = target.get(2).is_some_and(|part| part == "parts");
    if leads_to_parts && module.is_service() && from != to {
        return Some("the parts of pages are for pages".to_owned());
    }
    (leads_to_a_page && !leads_to_parts && !may).then(|| "a page is imported by nobody".to_owned())
}

/// How deep a top-level module stands.
fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

fn part_of_the_kernel(name: &str) -> Option<usize> {
    KERNEL.iter().position(|parts| parts.contains(&name))
}

fn rank(feature: &str) -> Option<usize> {
    SERVICES.iter().position(|known| *known == feature)
}

/// The breaches of a source tree made up for a test.
fn breaches_of(sources: &[(&str, &str)]) -> Vec<String> {
    breaches(&sources.iter().map(|(file, text)| Module::parse(file, text)).collect::<Vec<_>>())
}

#[track_caller]
fn assert_breach(sources: &[(&str, &str)], sentence: &str) {
    assert_eq!(breaches_of(sources), [sentence]);
}

#[track_caller]
fn assert_fine(sources: &[(&str, &str)]) {
    assert_eq!(breaches_of(sources), [""; 0]);
}

#[test]
fn a_layer_may_use_what_stands_below_it() {
    assert_fine(&[
        (
            "main.rs",
            "use gatehouse::{app::Bound, kernel::config::Config}; fn main() { gatehouse::features::audit::x(); }",
        ),
        ("app.rs", "use crate::features::gate; use crate::kernel::http::{error, session};"),
        ("app/jobs.rs", "use super::FEATURES;"),
        (
            "kernel/http/auth.rs",
            "use super::session; use crate::kernel::{access::Actor, state::AppState}; use super::super::types::Day;",
        ),
        ("kernel/keys.rs", "use crate::kernel::error::AppError;"),
        ("kernel/entity/account.rs", "use crate::kernel::types::EmailAddress; use super::session;"),
        ("kernel/clock.rs", "use super::config::Config;"),
    ]);
}

#[test]
fn a_layer_may_not_use_what_stands_above_it() {
    assert_breach(
        &[("kernel/http/layout.rs", "use crate::features::submissions::service;")],
        "kernel/http/layout.rs: crate::features::submissions::service: `kernel` stands below `features`",
    );
    assert_breach(
        &[("kernel/state.rs", "use crate::kernel::http::session;")],
        "kernel/state.rs: crate::kernel::http::session: in the kernel `state` stands below `http`",
    );
    assert_breach(
        &[("kernel/types/ids.rs", "use crate::kernel::keys;")],
        "kernel/types/ids.rs: crate::kernel::keys: in the kernel `types` stands below `keys`",
    );
}

#[test]
fn a_breach_is_found_however_the_path_is_written() {
    let sentence =
        "kernel/keys.rs: crate::kernel::state::AppState: in the kernel `keys` stands below `state`";
    for text in [
        "use crate::kernel::state::AppState;",
        "use crate::kernel::{error::AppError, state::{AppState}};",
        "use super::super::kernel::state::AppState as S;",
        "use super::super::super::kernel::state::AppState as S;",
        "fn f(s: &crate::kernel::state::AppState) {}",
        "fn f() { let x = Vec::<crate::kernel::state::AppState>::new(); }",
        "fn f() { g!(crate::kernel::state::AppState) }",
        "mod tests { use super::super::state::AppState; }",
        "mod a { mod b { fn f() -> super::super::super::state::AppState {} } }",
        "#[derive(A)] struct S { s: Option<self::super::state::AppState> }",
    ] {
        assert_breach(&[("kernel/keys.rs", text)], sentence);
    }
}

#[test]
fn what_comments_and_strings_say_is_no_import() {
    assert_fine(&[(
        "kernel/keys.rs",
        "//! [`crate::kernel::state`]\n/// crate::kernel::http\n// use crate::app;\nconst A: &str = \"crate::features::gate\"; \
         const B: &str = r#\"use crate::app;\"#; fn f<'a>(c: char) { c == '\"' }",
    )]);
}

#[test]
fn a_top_level_module_has_its_place_in_the_order() {
    assert_breach(&[("queue.rs", "")], "queue.rs: `queue` has no place in the order of the layers");
}

#[test]
fn a_part_of_the_kernel_has_its_place_in_the_order() {
    assert_breach(&[("kernel/queue.rs", "")], "kernel/queue.rs: `queue` has no place in the kernel");
}

#[test]
fn a_service_may_use_those_below_it() {
    assert_fine(&[
        ("features/gate/service.rs", "use crate::features::{audit::service, submissions::service::find};"),
        (
            "features/gate/service/check_in.rs",
            "use super::super::verdict; use crate::features::gate::verdict;",
        ),
        ("features/passes/token.rs", "use crate::kernel::keys; use super::service;"),
    ]);
}

#[test]
fn a_service_may_not_use_one_above_it() {
    assert_breach(
        &[("features/documents/service.rs", "use crate::features::submissions::service as submissions;")],
        "features/documents/service.rs: crate::features::submissions::service: the service of `documents` ranks \
         below `submissions`",
    );
    assert_breach(
        &[("features/passes/service/issue.rs", "use super::super::super::gate::service::verdict;")],
        "features/passes/service/issue.rs: crate::features::gate::service::verdict: the service of `passes` ranks \
         below `gate`",
    );
}

#[test]
fn a_module_that_a_service_stands_on_has_the_services_rank() {
    assert_breach(
        &[("features/passes/token.rs", "use crate::features::gate::service;")],
        "features/passes/token.rs: crate::features::gate::service: the service of `passes` ranks below `gate`",
    );
}

#[test]
fn a_feature_has_its_rank() {
    assert_breach(
        &[("features/weighing/service.rs", "")],
        "features/weighing/service.rs: `weighing` has no rank among the services",
    );
}

#[test]
fn a_service_knows_neither_http_nor_html() {
    for (text, path) in [
        ("use actix_web::HttpRequest;", "actix_web::HttpRequest"),
        ("#[derive(askama::Template)] struct A;", "askama::Template"),
        ("use crate::kernel::http::form::FormErrors;", "crate::kernel::http::form::FormErrors"),
        (
            "fn f() { super::super::super::super::kernel::http::flash::read(); }",
            "crate::kernel::http::flash::read",
        ),
    ] {
        assert_breach(
            &[("features/crew/service/find.rs", text)],
            &format!("features/crew/service/find.rs: a service names {path}"),
        );
    }
}

#[test]
fn a_page_may_ask_any_features_service() {
    let page = "use actix_web::web; use crate::features::{submissions::service, passes::qr}; use crate::kernel::http::form;";
    assert_fine(&[("features/vehicles/lookup.rs", page), ("features/passes/qr.rs", "pub fn modules() {}")]);
}

#[test]
fn pages_of_several_features_share_parts_and_services_do_not() {
    let parts = ("features/opinions/parts/list.rs", "use crate::kernel::http::list::List;");
    let import = "use crate::features::opinions::parts::list::Query;";
    let page = format!("{import} use actix_web::web;");
    assert_fine(&[parts, ("features/crew/admin_list.rs", &page)]);
    assert_fine(&[("features/passes/parts.rs", "use crate::features::submissions::service::lists;")]);
    assert_breach(
        &[parts, ("features/crew/service.rs", import)],
        "features/crew/service.rs: crate::features::opinions::parts::list::Query: the parts of pages are for pages",
    );
}

#[test]
fn a_page_is_imported_by_no_service_and_no_other_feature() {
    let page = ("features/accounts/login.rs", "use actix_web::web; use super::home;");
    let home = ("features/accounts/home.rs", "use crate::kernel::http::response::see_other;");
    assert_fine(&[page, home]);
    assert_breach(
        &[page, ("features/gate/scan.rs", "use actix_web::web; use crate::features::accounts::login;")],
        "features/gate/scan.rs: crate::features::accounts::login: a page is imported by nobody",
    );
    assert_breach(
        &[home, ("features/gate/service.rs", "use crate::features::accounts::home::path_of;")],
        "features/gate/service.rs: crate::features::accounts::home::path_of: a page is imported by nobody",
    );
    assert_breach(
        &[home, ("features/accounts/service/sign_in.rs", "use super::super::home::path_of;")],
        "features/accounts/service/sign_in.rs: crate::features::accounts::home::path_of: a page is imported by nobody",
    );
}

#[test]
fn permissions_are_made_where_they_are_checked() {
    assert_fine(&[
        (
            "kernel/access.rs",
            "impl Actor { pub fn signed_in() {} } fn f() { Operator::at_the_command_line() }",
        ),
        ("kernel/http/auth.rs", "fn f() { Actor::signed_in(a, b) }"),
        ("main.rs", "fn main() { Operator::at_the_command_line() }"),
        ("features/accounts/login.rs", "fn f() { let signed_in = 1; match signed_in {} }"),
    ]);
    assert_breach(
        &[("kernel/http/layout.rs", "fn f() { Actor::signed_in(a, b) }")],
        "kernel/http/layout.rs: Actor::signed_in is for kernel/access.rs, kernel/http/auth.rs, \
         features/accounts/service/sign_in.rs alone",
    );
    assert_breach(
        &[("app.rs", "use crate::kernel::access::Operator as O; fn f() { O::at_the_command_line() }")],
        "app.rs: O::at_the_command_line is for kernel/access.rs, main.rs alone",
    );
}

#[test]
fn a_module_is_named_after_what_is_inside() {
    assert_breach(
        &[("kernel/http/utils.rs", "")],
        "kernel/http/utils.rs: `utils` says nothing about what is inside",
    );
    assert_breach(
        &[("features/gate/helpers/time.rs", "")],
        "features/gate/helpers/time.rs: `helpers` says nothing about what is inside",
    );
    assert_breach(
        &[("kernel/clock.rs", "mod common { }")],
        "kernel/clock.rs: `common` says nothing about what is inside",
    );
}
