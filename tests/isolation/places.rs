//! Working directories in places that are covered in part, and names that lie deep.

use std::fs;

use tempfile::TempDir;

use super::as_each;
use crate::support::{Ran, XREQ};

/// Folders of temporary files are the agent's own, but for the project in them.
#[test]
fn a_project_in_a_temporary_folder_is_there() {
    as_each(|place| {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let project = folder.path().join("project");
        fs::create_dir(&project).expect("a folder can be made");
        fs::write(project.join("xreq.yaml"), "name: an app\n").expect("it can be written");
        fs::write(folder.path().join("beside"), "").expect("it can be written");
        if rustix::process::geteuid().is_root() {
            for path in [folder.path(), &project, &project.join("xreq.yaml")] {
                std::os::unix::fs::chown(path, Some(place.user), Some(place.user)).expect("root");
            }
        }
        let script = "echo new >new; ls ..; ls -A /tmp | wc -l; echo x >>xreq.yaml";
        let mut command = place.program(XREQ);
        command.current_dir(&project).args(["run", "--isolate", "--", "sh", "-c", script]);
        let ran = Ran::of(&mut command);
        assert_eq!(ran.stdout, "project\n1\n", "{}", ran.stderr);
        assert!(ran.stderr.contains("Read-only"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(project.join("new")).expect("it was written"), "new\n");
    });
}

/// A manifest in a folder of the project is kept where it is: the folders on the way cannot be moved.
#[test]
fn a_manifest_that_lies_deep_stays_in_its_place() {
    as_each(|place| {
        place.write("project/deep/er/app.yaml", "name: an app\n");
        let script = "echo x >>deep/er/app.yaml; mv deep away; mv deep/er away; rm -rf deep; \
                      mv deep/er/app.yaml away; echo new >deep/er/new; exit 0";
        let ran = place.isolated_with(&["--manifest", "deep/er/app.yaml"], script).succeeds();
        assert_eq!(ran.stderr.matches("busy").count(), 4, "{}", ran.stderr);
        assert_eq!(place.read("project/deep/er/app.yaml"), "name: an app\n");
    });
}
