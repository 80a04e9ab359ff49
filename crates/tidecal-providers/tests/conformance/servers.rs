//! CalDAV servers on loopback ports: the real ones Radicale, Xandikos and Cyrus, and the sandbox's, which is strict. Each ends with its value, and with the test
//! process whatever happens to that: its launcher watches its standard input.
#![allow(clippy::disallowed_methods, reason = "waits for other programs, and asks where they are")]
#![allow(clippy::print_stdout, reason = "says what is skipped")]

#[path = "../support/radicale.rs"]
mod radicale;

use std::any::Any;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tidecal_sandbox::{ClockStart, SandboxConfig};

/// A running server with one person's account; the password is `pw-` and the login.
pub(crate) struct Server {
    /// `host:port`.
    pub(crate) address: String,
    pub(crate) login: &'static str,
    /// What it calls the person.
    pub(crate) person: &'static str,
    /// Where the person's calendars are.
    pub(crate) home: &'static str,
    /// A calendar of somebody else.
    pub(crate) forbidden: Option<&'static str>,
    /// Whether it asks who is there.
    pub(crate) has_logins: bool,
    /// What ends the server when it is dropped.
    _running: Box<dyn Any + Send + Sync>,
}

pub(crate) fn radicale() -> Server {
    let server = radicale::Radicale::start(&["ada", "ben"]);
    server.calendar("ben", "private");
    Server {
        address: server.origin.trim_start_matches("http://").to_owned(),
        login: "ada",
        person: "ada",
        home: "/ada/",
        forbidden: Some("/ben/private/"),
        has_logins: true,
        _running: Box::new(server),
    }
}

/// The sandbox's own, which refuses what the others let pass.
pub(crate) async fn sandbox() -> Server {
    let start = ClockStart::At("2026-11-21T10:00:00Z".parse().unwrap());
    let caldav_password = "pw-ada@example.com".to_owned();
    let config = SandboxConfig { start, filled: false, caldav_password, ..SandboxConfig::default() };
    let sandbox = tidecal_sandbox::start(config).await.unwrap();
    Server {
        address: sandbox.addr.to_string(),
        login: "ada@example.com",
        person: "ada@example.com",
        home: "/dav/calendars/ada@example.com/",
        forbidden: Some("/dav/calendars/ben@example.com/personal/"),
        has_logins: true,
        _running: Box::new(sandbox),
    }
}

/// Ends the server it launched, and removes its folder, when nobody is left at the other end of its standard input.
const XANDIKOS: &str = "
import os, runpy, shutil, sys, threading
folder, port = sys.argv[1:]
def end():
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
threading.Thread(target=end, daemon=True).start()
sys.argv = ['xandikos', 'serve', '--no-detect-systemd', '-d', folder + '/data', '--state-dir', folder + '/state',
            '--autocreate', '--current-user-principal', '/ada/', '-l', '127.0.0.1', '-p', port]
runpy.run_module('xandikos', run_name='__main__', alter_sys=True)
";

pub(crate) struct Xandikos;

impl Xandikos {
    pub(crate) fn start() -> Server {
        let [port] = free_ports();
        let launched = Launched::new("xandikos", XANDIKOS, &[port], port);
        Server {
            address: format!("127.0.0.1:{port}"),
            login: "ada",
            person: "ada",
            home: "/ada/calendars/",
            forbidden: None,
            has_logins: false,
            _running: Box::new(launched),
        }
    }
}

/// Debian's Cyrus in a folder of its own, as the user that owns it. It refuses to run as root, so that its own user
/// takes over there.
const CYRUS: &str = r#"
import getpass, imaplib, os, pathlib, pwd, shutil, subprocess, sys, time
folder, http, imap = sys.argv[1:]
root = pathlib.Path(folder)
user = 'cyrus' if os.getuid() == 0 else getpass.getuser()
os.chmod(folder, 0o755)
for name in ['spool', *('conf/' + name for name in 'db socket log proc user quota lock msg ptclient'.split())]:
    (root / name).mkdir(parents=True, exist_ok=True)
(root / 'imapd.conf').write_text(f'''configdirectory: {folder}/conf
partition-default: {folder}/spool
defaultpartition: default
cyrus_user: {user}
admins: admin
allowplaintext: yes
sasl_mech_list: PLAIN
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb2
httpmodules: caldav
caldav_allowscheduling: off
unixhierarchysep: yes
virtdomains: off
servername: localhost
calendar_user_address_set: localhost
syslog_prefix: tidecal
''')
(root / 'cyrus.conf').write_text(f'''START {{
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r -C {folder}/imapd.conf"
}}
SERVICES {{
  http cmd="/usr/lib/cyrus/bin/httpd -C {folder}/imapd.conf" listen="127.0.0.1:{http}" prefork=0
  imap cmd="/usr/lib/cyrus/bin/imapd -C {folder}/imapd.conf" listen="127.0.0.1:{imap}" prefork=0
}}
EVENTS {{
}}
''')
for name in ['ada', 'ben', 'admin']:
    subprocess.run(['saslpasswd2', '-c', '-p', '-f', f'{folder}/sasldb2', '-u', 'localhost', name],
                   input=f'pw-{name}'.encode(), check=True)
become = {}
if os.getuid() == 0:
    entry = pwd.getpwnam(user)
    for path in [root, *root.rglob('*')]:
        os.chown(path, entry.pw_uid, entry.pw_gid)
    become = dict(user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
master = subprocess.Popen(['/usr/lib/cyrus/bin/master', '-C', f'{folder}/imapd.conf', '-M', f'{folder}/cyrus.conf',
                           '-p', f'{folder}/pid', '-D'], stdin=subprocess.DEVNULL, start_new_session=True, **become)
try:
    for attempt in range(200):
        try:
            with imaplib.IMAP4('127.0.0.1', int(imap)) as client:
                client.login('admin', 'pw-admin')
                for name in ['ada', 'ben']:
                    client.create(f'user/{name}')
            break
        except OSError:
            time.sleep(0.05)
    else:
        sys.exit('Cyrus does not answer')
    (root / 'ready').touch()
    sys.stdin.read()
finally:
    master.terminate()
    try:
        master.wait(5)
    except subprocess.TimeoutExpired:
        master.kill()
    shutil.rmtree(folder, ignore_errors=True)
"#;

pub(crate) struct Cyrus;

impl Cyrus {
    /// None, with the reason on the screen, where Debian's packages are not installed.
    pub(crate) fn start() -> Option<Server> {
        let missing = ["/usr/lib/cyrus/bin/httpd", "/usr/sbin/saslpasswd2", "/usr/sbin/cyrus"]
            .into_iter()
            .find(|path| !Path::new(path).exists());
        if let Some(missing) = missing {
            println!("skipped: Cyrus is not installed ({missing} is missing; cyrus-imapd, cyrus-caldav, sasl2-bin)");
            return None;
        }
        let [http, imap] = free_ports();
        let launched = Launched::new("cyrus", CYRUS, &[http, imap], http);
        Some(Server {
            address: format!("127.0.0.1:{http}"),
            login: "ada",
            person: "ada@localhost",
            home: "/dav/calendars/user/ada/",
            forbidden: Some("/dav/calendars/user/ben/Default/"),
            has_logins: true,
            _running: Box::new(launched),
        })
    }
}

struct Launched {
    child: Child,
    folder: PathBuf,
}

impl Launched {
    fn new(name: &str, script: &str, ports: &[u16], port: u16) -> Self {
        let folder = std::env::temp_dir().join(format!("tidecal-{name}-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let child = Command::new(radicale::python())
            .args(["-c", script])
            .arg(&folder)
            .args(ports.iter().map(u16::to_string))
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut launched = Self { child, folder };
        launched.wait(port, name == "cyrus");
        launched
    }

    fn wait(&mut self, port: u16, says_when: bool) {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() || (says_when && !self.folder.join("ready").exists()) {
            let ended = self.child.try_wait().unwrap();
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(
                ended.is_none() && start.elapsed() < Duration::from_secs(60),
                "it does not start ({ended:?}):\n{log}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        // The launcher cleans up when its standard input ends.
        drop(self.child.stdin.take());
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if start.elapsed() > Duration::from_secs(10) {
                let _ = self.child.kill();
                let _ = self.child.wait();
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
