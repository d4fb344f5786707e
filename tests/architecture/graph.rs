//! The imports between the files of a crate.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// Files, by their path below the root, and the files that each imports.
pub struct Graph(BTreeMap<String, BTreeSet<String>>);

/// A module in a file of its own.
#[derive(Default)]
struct Module {
    file: String,
    /// The names of its items.
    defined: BTreeSet<String>,
    /// The modules below it that have files of their own, and where the file is said to be.
    children: BTreeMap<String, Vec<Option<String>>>,
    /// Imports by the name that they have here.
    imports: HashMap<String, Vec<String>>,
    /// Modules of which everything is imported.
    globs: Vec<Vec<String>>,
    /// The paths in its code.
    paths: Vec<Vec<String>>,
}

type Modules = BTreeMap<Vec<String>, Module>;

impl Graph {
    /// Reads the crate whose `lib.rs` is in a folder.
    pub fn of(root: &Path) -> Self {
        let mut modules = Modules::new();
        read(root, &root.join("lib.rs"), &[], &mut modules);
        let mut graph = BTreeMap::new();
        for (name, module) in &modules {
            let mut targets = BTreeSet::new();
            let imports = module.imports.values().chain(&module.globs);
            for path in imports.chain(&module.paths) {
                if let Some(target) = resolve(&modules, name, path, 0)
                    && target != module.file
                {
                    targets.insert(target);
                }
            }
            graph.insert(module.file.clone(), targets);
        }
        // The root declares everything, and defines nothing.
        graph.remove("lib.rs");
        for targets in graph.values_mut() {
            targets.remove("lib.rs");
        }
        Self(graph)
    }

    /// All imports: the importing file and the imported one.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .flat_map(|(from, targets)| targets.iter().map(move |to| (from.as_str(), to.as_str())))
    }
}

/// Returns the sets of files that import each other in a circle.
pub fn circles(graph: &Graph) -> Vec<Vec<String>> {
    let reached = |from: &str| -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for to in graph.0.get(file).into_iter().flatten() {
                if reached.insert(to.as_str()) {
                    open.push(to);
                }
            }
        }
        reached
    };
    let closure: BTreeMap<&str, BTreeSet<&str>> =
        graph.0.keys().map(|file| (file.as_str(), reached(file))).collect();
    let mut circles = BTreeSet::new();
    for (file, reached) in &closure {
        if reached.contains(file) {
            let both = reached.iter().filter(|other| closure[**other].contains(file));
            circles.insert(both.map(|other| (*other).to_owned()).collect::<Vec<_>>());
        }
    }
    circles.into_iter().collect()
}

/// Reads a file as the module of a name, and the files of the modules below it.
fn read(root: &Path, path: &Path, name: &[String], modules: &mut Modules) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let file = path.strip_prefix(root).expect("below the root").display().to_string();
    let mut reader = Reader { module: Module { file, ..Module::default() } };
    for item in &parsed.items {
        reader.visit_item(item);
    }
    for item in &parsed.items {
        if let Some(defined) = name_of(item) {
            reader.module.defined.insert(defined);
        }
    }
    for (child, stated) in &reader.module.children {
        for (variant, stated) in stated.iter().enumerate() {
            let mut below = name.to_vec();
            below.push(child.clone());
            let file = match stated {
                Some(stated) => path.with_file_name(stated),
                None => file_of(root, &below),
            };
            // The same module for another system; the first one stands for its name.
            if variant > 0 {
                below.push(format!("{variant}"));
            }
            read(root, &file, &below, modules);
        }
    }
    modules.insert(name.to_vec(), reader.module);
}

fn file_of(root: &Path, module: &[String]) -> PathBuf {
    let folder = module.iter().fold(root.to_owned(), |path, part| path.join(part));
    let alone = folder.with_extension("rs");
    if alone.exists() { alone } else { folder.join("mod.rs") }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Mod(item) if item.content.is_some() => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Returns the file that defines what a path of a module names; `None` where that is another crate's,
/// or the module itself.
fn resolve(modules: &Modules, from: &[String], path: &[String], depth: usize) -> Option<String> {
    if depth > 16 {
        return None;
    }
    let (first, rest) = path.split_first()?;
    let here = &modules[from];
    match first.as_str() {
        "crate" => descend(modules, &[], rest, depth),
        "self" => descend(modules, from, rest, depth),
        "super" => {
            let (_, above) = from.split_last()?;
            descend_or_up(modules, above, rest, depth)
        }
        name if here.children.contains_key(name) || here.defined.contains(name) => {
            descend(modules, from, path, depth)
        }
        name => {
            let mut target = here.imports.get(name).filter(|import| *import != path)?.clone();
            target.extend(rest.iter().cloned());
            resolve(modules, from, &target, depth + 1)
        }
    }
}

fn descend_or_up(
    modules: &Modules,
    at: &[String],
    path: &[String],
    depth: usize,
) -> Option<String> {
    if path.first().is_some_and(|first| first == "super") {
        return resolve(modules, at, path, depth + 1);
    }
    descend(modules, at, path, depth)
}

/// The same for a path that begins in a module.
fn descend(modules: &Modules, at: &[String], path: &[String], depth: usize) -> Option<String> {
    let module = &modules[at];
    let (first, rest) = path.split_first()?;
    if module.children.contains_key(first) {
        let mut below = at.to_vec();
        below.push(first.clone());
        return descend(modules, &below, rest, depth);
    }
    if first == "self" {
        return None;
    }
    if module.defined.contains(first) {
        return Some(module.file.clone());
    }
    if let Some(import) = module.imports.get(first) {
        let mut target = import.clone();
        target.extend(rest.iter().cloned());
        return resolve(modules, at, &target, depth + 1);
    }
    for glob in &module.globs {
        let mut target = glob.clone();
        target.extend(path.iter().cloned());
        if let Some(file) = resolve(modules, at, &target, depth + 1) {
            return Some(file);
        }
    }
    // An item of a macro, or a glob (`*`).
    Some(module.file.clone())
}

/// Collects the imports and the paths of a file.
struct Reader {
    module: Module,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Const(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_none() {
            let stated: Vec<_> = item.attrs.iter().filter_map(stated_path).map(Some).collect();
            let files = if stated.is_empty() { vec![None] } else { stated };
            self.module.children.entry(item.ident.to_string()).or_default().extend(files);
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let path_of = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.module.paths.push(path_of);
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(&item.tokens.to_string());
        visit::visit_macro(self, item);
    }
}

impl Reader {
    fn import(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before);
                before.pop();
            }
            UseTree::Name(name) => {
                let mut path = before.clone();
                let name = name.ident.to_string();
                let here = if name == "self" { path.last().cloned() } else { Some(name.clone()) };
                if name != "self" {
                    path.push(name);
                }
                self.module.imports.insert(here.expect("a name"), path);
            }
            UseTree::Rename(rename) => {
                let mut path = before.clone();
                if rename.ident != "self" {
                    path.push(rename.ident.to_string());
                }
                let here = match rename.rename.to_string() {
                    unnamed if unnamed == "_" => format!("_{}", self.module.imports.len()),
                    named => named,
                };
                self.module.imports.insert(here, path);
            }
            UseTree::Glob(_) => self.module.globs.push(before.clone()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before);
                }
            }
        }
    }

    /// Notes the paths in the tokens of a macro: names that `::` joins.
    fn tokens(&mut self, tokens: &str) {
        let mut path: Vec<String> = Vec::new();
        let mut is_joined = false;
        for token in tokens
            .replace("::", " :: ")
            .split(|c: char| c.is_whitespace() || "(){}[],;&!.".contains(c))
        {
            match token {
                "" => {}
                "::" => is_joined = true,
                name => {
                    if !is_joined && !path.is_empty() {
                        self.module.paths.push(std::mem::take(&mut path));
                    }
                    path.push(name.to_owned());
                    is_joined = false;
                }
            }
        }
        self.module.paths.push(path);
    }
}

pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns the file that `#[path = "…"]` names, on one system or on all.
fn stated_path(attribute: &Attribute) -> Option<String> {
    let tokens = match &attribute.meta {
        syn::Meta::NameValue(meta) if meta.path.is_ident("path") => return text(&meta.value),
        syn::Meta::List(list) if list.path.is_ident("cfg_attr") => list,
        _ => return None,
    };
    let parts = tokens.parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated);
    parts.ok()?.iter().find_map(|part| match part {
        syn::Meta::NameValue(meta) if meta.path.is_ident("path") => text(&meta.value),
        _ => None,
    })
}

fn text(value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

pub fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
}
