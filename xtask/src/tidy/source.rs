//! What the checks need to know about a Rust file, read from its syntax. Judges nothing but that the file parses.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::Problem;
use super::tree::Tree;

/// A parsed Rust file.
pub(super) struct Source {
    pub(super) path: String,
    /// Whether the file opens with `//!`.
    pub(super) is_introduced: bool,
    pub(super) functions: Vec<Function>,
    /// Names of the modules declared in the file, with their line.
    pub(super) modules: Vec<(String, usize)>,
}

/// A function with a body, wherever it stands.
pub(super) struct Function {
    pub(super) name: String,
    /// Whether it stands by itself: not in an `impl` or a trait.
    pub(super) is_free: bool,
    pub(super) line: usize,
    /// Lines of the body, braces included.
    pub(super) lines: usize,
    /// The last name of each parameter's type, references taken off: `Tx`, `Scope`.
    pub(super) parameters: Vec<String>,
    /// Names of the methods called in the body, closures included.
    pub(super) calls: Vec<String>,
}

/// Parses every Rust file; a file that does not parse is a problem.
pub(super) fn parse(tree: &Tree) -> (Vec<Source>, Vec<Problem>) {
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    for file in tree.with_extension("rs") {
        match read(&file.path, &file.text) {
            Ok(source) => sources.push(source),
            Err(reason) => problems.push(Problem::new(&file.path, format!("does not parse: {reason}"))),
        }
    }
    (sources, problems)
}

/// Parses one file.
pub(super) fn read(path: &str, text: &str) -> syn::Result<Source> {
    let file = syn::parse_file(text)?;
    let is_introduced = file.attrs.iter().any(|attribute| attribute.path().is_ident("doc"));
    let mut reader = Reader {
        source: Source {
            path: path.into(),
            is_introduced,
            functions: vec![],
            modules: vec![],
        },
        open: vec![],
    };
    reader.visit_file(&file);
    Ok(reader.source)
}

struct Reader {
    source: Source,
    /// The functions around the present place, innermost last.
    open: Vec<Function>,
}

/// Where a function stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Module,
    Type,
}

impl Reader {
    fn function(&mut self, signature: &syn::Signature, body: &syn::Block, place: Place) {
        let (start, end) = (body.span().start().line, body.span().end().line);
        self.open.push(Function {
            name: signature.ident.to_string(),
            is_free: place == Place::Module,
            line: signature.span().start().line,
            lines: end.saturating_sub(start) + 1,
            parameters: signature.inputs.iter().map(parameter).collect(),
            calls: Vec::new(),
        });
        visit::visit_block(self, body);
        self.source.functions.extend(self.open.pop());
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block, Place::Module);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block, Place::Type);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body, Place::Type);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if let Some(function) = self.open.last_mut() {
            function.calls.push(call.method.to_string());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.source
            .modules
            .push((item.ident.to_string(), item.ident.span().start().line));
        visit::visit_item_mod(self, item);
    }
}

fn parameter(input: &syn::FnArg) -> String {
    match input {
        syn::FnArg::Receiver(_) => "self".into(),
        syn::FnArg::Typed(typed) => type_name(&typed.ty),
    }
}

fn type_name(of: &syn::Type) -> String {
    match of {
        syn::Type::Reference(reference) => type_name(&reference.elem),
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn functions_are_read_with_their_parameters_and_calls() {
        let text =
            "//! Doc.\nimpl A {\n  fn b(tx: &mut Tx<'_>, scope: &Scope) {\n    tx.sql(\"\").for_update();\n  }\n}\n";
        let source = read("a.rs", text).unwrap();
        let function = &source.functions[0];
        assert!(source.is_introduced);
        assert_eq!((function.name.as_str(), function.line, function.lines), ("b", 3, 3));
        assert_eq!(function.parameters, ["Tx", "Scope"]);
        assert_eq!(function.calls, ["for_update", "sql"]);
    }
}
