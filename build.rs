//! Makes two things of plain files: typed keys of the texts in `locales/`, and the static files with
//! their content hash and compressed forms. A text that a language lacks stops the build.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use fluent_syntax::ast;
use sha2::{Digest as _, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=templates");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    texts(Path::new("locales"), &out)?;
    assets(Path::new("static"), &out)
}

/// Message keys of one language, each with the variables it uses and its text.
type Messages = BTreeMap<String, (BTreeSet<String>, String)>;

fn texts(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut languages = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let code = file_name(&path);
        languages.insert(code, read_messages(&path)?);
    }
    let english = languages.get("en").ok_or("locales/en is missing")?;
    for (code, messages) in &languages {
        for (key, (variables, _)) in english {
            let Some((theirs, _)) = messages.get(key) else {
                return Err(format!("locales/{code} lacks the text `{key}`").into());
            };
            if theirs != variables {
                return Err(format!("locales/{code}: `{key}` must use {variables:?}, not {theirs:?}").into());
            }
        }
        if let Some(extra) = messages.keys().find(|key| !english.contains_key(*key)) {
            return Err(format!("locales/{code}: `{extra}` is no text of locales/en").into());
        }
    }

    let mut code = String::from("impl Texts {\n");
    for (key, (variables, text)) in english {
        let name = key.replace('-', "_");
        let parameters: Vec<String> =
            variables.iter().map(|variable| format!(", {variable}: impl TextArgument")).collect();
        let parameters = parameters.concat();
        writeln!(code, "    #[doc = {:?}]", format!("`{}`", text.trim().replace('`', "'")))?;
        writeln!(code, "    #[inline(never)]\n    pub fn {name}(self{parameters}) -> String {{")?;
        if variables.is_empty() {
            writeln!(code, "        self.text({key:?})")?;
        } else {
            let arguments: Vec<String> =
                variables.iter().map(|variable| format!("({variable:?}, {variable}.into_value())")).collect();
            writeln!(code, "        self.text_with({key:?}, [{}])", arguments.join(", "))?;
        }
        code.push_str("    }\n");
    }
    code.push_str("}\n\n/// The languages in `locales/`.\n");
    let codes: Vec<&String> = languages.keys().collect();
    writeln!(code, "const AVAILABLE: &[&str] = &{codes:?};")?;
    fs::write(out.join("texts.rs"), code)?;
    Ok(())
}

fn read_messages(folder: &Path) -> Result<Messages, Box<dyn Error>> {
    let mut messages = Messages::new();
    for path in files(folder)? {
        let source = fs::read_to_string(&path)?;
        let resource = fluent_syntax::parser::parse(source.as_str())
            .map_err(|(_, errors)| format!("{}: {}", path.display(), errors[0]))?;
        for entry in resource.body {
            let ast::Entry::Message(message) = entry else { continue };
            let key = message.id.name.to_owned();
            let Some(pattern) = &message.value else {
                return Err(format!("{}: `{key}` has no text", path.display()).into());
            };
            let mut variables = BTreeSet::new();
            pattern_variables(pattern, &mut variables);
            let text = pattern_text(pattern);
            if messages.insert(key.clone(), (variables, text)).is_some() {
                return Err(format!("{}: `{key}` stands twice", path.display()).into());
            }
        }
    }
    Ok(messages)
}

fn pattern_text(pattern: &ast::Pattern<&str>) -> String {
    pattern
        .elements
        .iter()
        .map(|element| match element {
            ast::PatternElement::TextElement { value } => value,
            ast::PatternElement::Placeable { .. } => "…",
        })
        .collect()
}

fn pattern_variables(pattern: &ast::Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            expression_variables(expression, found);
        }
    }
}

fn expression_variables(expression: &ast::Expression<&str>, found: &mut BTreeSet<String>) {
    match expression {
        ast::Expression::Inline(inline) => inline_variables(inline, found),
        ast::Expression::Select { selector, variants } => {
            inline_variables(selector, found);
            for variant in variants {
                pattern_variables(&variant.value, found);
            }
        }
    }
}

fn inline_variables(inline: &ast::InlineExpression<&str>, found: &mut BTreeSet<String>) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        ast::InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                inline_variables(argument, found);
            }
        }
        ast::InlineExpression::Placeable { expression } => expression_variables(expression, found),
        _ => {}
    }
}

fn assets(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut hash = Sha256::new();
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for path in files(folder)? {
        let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        let content = match path.extension().and_then(|extension| extension.to_str()) {
            Some("css") if !name.starts_with("vendor/") => bundle_imports(folder, &path)?.into_bytes(),
            _ => fs::read(&path)?,
        };
        hash.update(&name);
        hash.update(&content);
        let stem = name.replace('/', "__");
        fs::write(out.join(&stem), &content)?;
        fs::write(out.join(format!("{stem}.br")), brotli_of(&content)?)?;
        fs::write(out.join(format!("{stem}.gz")), gzip_of(&content)?)?;
        let include =
            |suffix: &str| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{stem}{suffix}\"))");
        writeln!(
            table,
            "    Asset {{ path: {name:?}, plain: {}, brotli: {}, gzip: {} }},",
            include(""),
            include(".br"),
            include(".gz"),
        )?;
    }
    table.push_str("];\n");
    let digest: Vec<String> = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    writeln!(table, "const ASSETS_HASH: &str = {:?};", digest.concat())?;
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// Puts vendored style sheets in the place of `@import "vendor/…" layer(name);`, so that a page needs one
/// request and the vendored file stays as it was published.
fn bundle_imports(folder: &Path, sheet: &Path) -> Result<String, Box<dyn Error>> {
    let mut bundled = String::new();
    for line in fs::read_to_string(sheet)?.lines() {
        let import = line
            .strip_prefix("@import \"")
            .and_then(|rest| rest.strip_suffix(");"))
            .and_then(|rest| rest.split_once("\" layer("));
        if let Some((path, layer)) = import {
            let imported = fs::read_to_string(folder.join(path))?;
            let imported = imported.trim_start_matches("@charset \"UTF-8\";");
            writeln!(bundled, "@layer {layer}{{{imported}}}")?;
        } else {
            bundled.push_str(line.trim());
            bundled.push('\n');
        }
    }
    Ok(bundled)
}

fn brotli_of(content: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip_of(content: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// All files below `folder`, in order of their paths.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
