//! What a runner of GitHub Actions does with `action.yml`: it works out the expressions, sets the
//! variables, and runs the steps. Actions of others are not run, but what they would get is kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Home, Ran, XREQ};

/// The text of each value of a mapping.
type Texts = BTreeMap<String, String>;

/// A job of one step, which uses the action.
pub(super) struct Runner<'a> {
    home: &'a Home,
    action: Value,
    /// Contexts of expressions: `inputs.paths`, `github.event_name`.
    facts: Texts,
    vars: Texts,
}

/// What the job left.
pub(super) struct Job {
    pub(super) status: i32,
    pub(super) log: String,
    pub(super) summary: String,
    pub(super) outputs: Texts,
    /// The actions of others that were reached, with what they were given.
    pub(super) used: Vec<(String, Texts)>,
}

/// The folder of this repository.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A YAML file of this repository.
pub(super) fn yaml(name: &str) -> Value {
    let text = fs::read_to_string(root().join(name)).expect("it can be read");
    serde_yaml::from_str(&text).expect("it is YAML")
}

impl<'a> Runner<'a> {
    /// A runner that has checked a repository out, for a push, and has the program under test.
    pub(super) fn new(home: &'a Home, workspace: &Path) -> Self {
        let action = yaml("action.yml");
        let mut facts = Texts::new();
        for (name, input) in action["inputs"].as_object().expect("there are inputs") {
            facts.insert(format!("inputs.{name}"), text(&input["default"]));
        }
        facts.insert("runner.os".to_owned(), "Linux".to_owned());
        facts.insert("runner.arch".to_owned(), "X64".to_owned());
        let mut runner = Self { home, action, facts, vars: Texts::new() };
        let temporary = home.path().join("runner temp");
        fs::create_dir_all(&temporary).expect("a folder can be made");
        for (name, folder) in [
            ("GITHUB_WORKSPACE", workspace),
            ("GITHUB_ACTION_PATH", root()),
            ("RUNNER_TEMP", &temporary),
            ("RUNNER_TOOL_CACHE", &home.path().join("tools")),
        ] {
            runner = runner.var(name, folder.to_str().expect("it is UTF-8"));
        }
        let runner = runner.var("GITHUB_ACTIONS", "true").var("CI", "true");
        runner
            .var("GITHUB_EVENT_NAME", "push")
            .var("GITHUB_REF", "refs/heads/main")
            .input("xreq", XREQ)
    }

    pub(super) fn input(self, name: &str, value: &str) -> Self {
        assert!(self.action["inputs"].get(name).is_some(), "there is no input `{name}`");
        self.fact(&format!("inputs.{name}"), value)
    }

    pub(super) fn fact(mut self, name: &str, value: &str) -> Self {
        self.facts.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs the steps.
    pub(super) fn run(mut self) -> Job {
        let steps = self.action["runs"]["steps"].as_array().expect("there are steps").clone();
        let mut job = Job {
            status: 0,
            log: String::new(),
            summary: String::new(),
            outputs: Texts::new(),
            used: Vec::new(),
        };
        for step in &steps {
            if !self.applies(step, &job) {
                continue;
            }
            if let Some(action) = step["uses"].as_str() {
                job.used.push((action.to_owned(), self.texts(&step["with"])));
            } else {
                self.step(step, &mut job);
            }
        }
        job.outputs = self.action["outputs"]
            .as_object()
            .expect("there are outputs")
            .iter()
            .map(|(name, output)| (name.clone(), self.evaluated(&text(&output["value"]))))
            .collect();
        job
    }

    fn step(&mut self, step: &Value, job: &mut Job) {
        let file = |name: &str| -> PathBuf {
            let path = self.home.path().join("runner temp").join(name);
            fs::write(&path, "").expect("a file can be written");
            path
        };
        let (output, summary, script) = (file("output"), file("summary"), file("script.sh"));
        fs::write(&script, text(&step["run"])).expect("a file can be written");
        assert_eq!(step["shell"], "bash", "{step}");
        let mut bash = self.home.program("bash");
        bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(&script);
        bash.current_dir(&self.vars["GITHUB_WORKSPACE"]).env_remove("XREQ_HOME");
        bash.envs(&self.vars).envs(self.texts(&step["env"]));
        bash.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary);
        let ran = Ran::of(&mut bash);

        job.log.push_str(&ran.stdout);
        job.log.push_str(&ran.stderr);
        job.summary.push_str(&fs::read_to_string(summary).expect("it can be read"));
        if job.status == 0 {
            job.status = ran.status.code().expect("nothing killed it");
        }
        if let Some(id) = step["id"].as_str() {
            for line in fs::read_to_string(output).expect("it can be read").lines() {
                let (name, value) = line.split_once('=').expect("an output has a value");
                self.facts.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
        }
    }

    /// Whether a step is to be run: unless it says otherwise, where none has failed before it.
    fn applies(&self, step: &Value, job: &Job) -> bool {
        let condition = text(&step["if"]);
        let condition = condition.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
        let always = condition.contains("!cancelled()");
        let terms = condition.split("&&").map(str::trim);
        let mut terms = terms.filter(|term| !term.is_empty() && *term != "!cancelled()");
        (always || job.status == 0) && terms.all(|term| self.holds(term))
    }

    fn holds(&self, term: &str) -> bool {
        let (name, equal, value) = match (term.split_once(" == "), term.split_once(" != ")) {
            (Some((name, value)), None) => (name, true, value),
            (None, Some((name, value))) => (name, false, value),
            _ => panic!("not understood: {term}"),
        };
        let value = value.trim().trim_matches('\'');
        (self.fact_of(name.trim()) == value) == equal
    }

    fn texts(&self, mapping: &Value) -> Texts {
        let entries = mapping.as_object().into_iter().flatten();
        entries.map(|(name, value)| (name.clone(), self.evaluated(&text(value)))).collect()
    }

    /// A text with the values of its expressions, each of which names a fact.
    fn evaluated(&self, text: &str) -> String {
        let mut evaluated = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${{") {
            let (expression, after) = behind.split_once("}}").expect("an expression ends");
            evaluated.push_str(before);
            evaluated.push_str(&self.fact_of(expression.trim()));
            rest = after;
        }
        evaluated + rest
    }

    /// What is not known is empty, as it is to a runner; but only where that can be.
    fn fact_of(&self, name: &str) -> String {
        let optional = name.starts_with("steps.") || name.starts_with("github.event.");
        let fact = self.facts.get(name).cloned();
        assert!(optional || fact.is_some(), "no such fact: {name}");
        fact.unwrap_or_default()
    }
}

impl Job {
    /// Asserts the exit status.
    #[track_caller]
    pub(super) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}\n---\n{}", self.log, self.summary);
        self
    }

    /// Asserts that the log has a text.
    #[track_caller]
    pub(super) fn logs(self, text: &str) -> Self {
        assert!(self.log.contains(text), "no {text:?} in\n{}", self.log);
        self
    }

    /// Asserts that the summary has a text.
    #[track_caller]
    pub(super) fn sums_up(self, text: &str) -> Self {
        assert!(self.summary.contains(text), "no {text:?} in\n{}", self.summary);
        self
    }

    /// What the runner takes for commands: lines that begin with `::`, while it listens to them.
    pub(super) fn commands(&self) -> Vec<&str> {
        let mut commands = Vec::new();
        let mut stopped = None;
        for line in self.log.lines() {
            let command = line.trim_start().strip_prefix("::");
            if let Some(token) = stopped {
                let ended = command.and_then(|command| command.strip_suffix("::")) == Some(token);
                stopped = if ended { None } else { stopped };
            } else if let Some(command) = command {
                commands.push(line.trim_start());
                stopped = command.strip_prefix("stop-commands::");
            }
        }
        assert_eq!(stopped, None, "the runner is deaf at the end: {}", self.log);
        commands
    }

    /// Asserts an output.
    #[track_caller]
    pub(super) fn gives(self, output: &str, value: &str) -> Self {
        assert_eq!(self.outputs[output], value, "{}", self.log);
        self
    }

    /// The results of a SARIF file.
    #[track_caller]
    pub(super) fn results(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(Path::new(&self.outputs["sarif"]).join(name));
        let log: Value = serde_json::from_str(&text.expect("it was written")).expect("it is JSON");
        assert_eq!(log["version"], "2.1.0");
        log["runs"][0]["results"].as_array().expect("there are results").clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(
        || if value.is_null() { String::new() } else { value.to_string() },
        str::to_owned,
    )
}
