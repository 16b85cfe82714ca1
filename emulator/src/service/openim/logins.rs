//! The logins that hold, and which older ones a new one ends (openim.md §2.3); a restart forgets them.

use crate::config::{OPENIM_OLD_ADMIN_MS, OpenimMultiLogin, OpenimServer};

/// The admin's own platform.
pub(super) const ADMIN_PLATFORM: i32 = 10;
/// `maxNumOneEnd` in OpenIM's configuration.
const TOKENS_EACH: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// An admin's token that a newer one replaced; it holds for a while.
    Until(i64),
    /// Known to have ended, until the next login forgets it.
    Kicked,
}

#[derive(Debug)]
struct Login {
    user: String,
    platform: i32,
    token: String,
    standing: Standing,
}

/// The tokens given out, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Logins {
    logins: Vec<Login>,
    /// Those that were revoked by an order to the emulator, and might hold by their signature.
    revoked: Vec<String>,
}

/// The kind of a platform: PC, mobile, pad; what is none of these is a kind of its own.
fn class(platform: i32) -> i32 {
    match platform {
        1 | 2 => -1,
        3 | 4 | 7 => PC,
        8 | 9 => -3,
        other => other,
    }
}

const PC: i32 = -2;
const ANDROID: i32 = 2;

impl Logins {
    pub(super) fn standing(&self, user: &str, platform: i32, token: &str) -> Option<Standing> {
        let is_it = |login: &&Login| {
            login.user == user && login.platform == platform && login.token == token
        };
        self.logins.iter().find(is_it).map(|login| login.standing)
    }

    /// Ends all logins of a user on a platform.
    pub(super) fn kick(&mut self, user: &str, platform: i32) {
        for login in &mut self.logins {
            if login.user == user && login.platform == platform {
                login.standing = Standing::Kicked;
            }
        }
    }

    /// Makes every token unknown.
    pub(super) fn revoke(&mut self) {
        self.revoked
            .extend(self.logins.drain(..).map(|login| login.token));
    }

    pub(super) fn is_revoked(&self, token: &str) -> bool {
        self.revoked.iter().any(|revoked| revoked == token)
    }

    /// Notes a login, and ends those that do not go with it. The release line forgets and ends only what is of the
    /// same platform, whatever the policy wants.
    pub(super) fn add(
        &mut self,
        server: OpenimServer,
        policy: OpenimMultiLogin,
        user: &str,
        platform: i32,
        token: &str,
        now_ms: i64,
    ) {
        let reaches = |other: i32| server == OpenimServer::Main || other == platform;
        // Two logins within a second make the same token.
        self.logins.retain(|login| {
            let is_over = match login.standing {
                Standing::Good => false,
                Standing::Until(end) => end <= now_ms,
                Standing::Kicked => login.user == user && reaches(login.platform),
            };
            !is_over && login.token != token
        });
        if platform == ADMIN_PLATFORM {
            let until = now_ms.saturating_add(OPENIM_OLD_ADMIN_MS);
            for login in self.good_of(user, |other| other == ADMIN_PLATFORM) {
                login.standing = Standing::Until(until);
            }
        } else {
            self.end_others(policy, user, platform, reaches);
        }
        self.logins.push(Login {
            user: user.to_owned(),
            platform,
            token: token.to_owned(),
            standing: Standing::Good,
        });
    }

    fn good_of(
        &mut self,
        user: &str,
        on: impl Fn(i32) -> bool,
    ) -> impl Iterator<Item = &mut Login> {
        self.logins.iter_mut().filter(move |login| {
            login.user == user && login.standing == Standing::Good && on(login.platform)
        })
    }

    /// Where the server takes a platform's last token of several in no certain order, it is the newest here; and the
    /// platforms have their turn by number.
    fn end_others(
        &mut self,
        policy: OpenimMultiLogin,
        user: &str,
        platform: i32,
        reaches: impl Fn(i32) -> bool,
    ) {
        let is_users = |other: i32| other != ADMIN_PLATFORM;
        let mut platforms: Vec<i32> = self
            .good_of(user, is_users)
            .map(|login| login.platform)
            .collect();
        platforms.sort_unstable();
        platforms.dedup();
        let mut classes = Vec::new();
        let others: Vec<i32> = platforms
            .iter()
            .copied()
            .filter(|other| class(*other) != PC)
            .collect();
        for other in platforms {
            let kept = match policy {
                OpenimMultiLogin::OneEach => usize::from(other != platform),
                OpenimMultiLogin::ThirtyEach => TOKENS_EACH - usize::from(other == platform),
                OpenimMultiLogin::OneOfClass => {
                    let is_first = !classes.contains(&class(other));
                    classes.push(class(other));
                    usize::from(is_first && class(other) != class(platform))
                }
                OpenimMultiLogin::PcAndOther if class(other) == PC => usize::MAX,
                OpenimMultiLogin::PcAndOther if class(platform) != PC => 0,
                OpenimMultiLogin::PcAndOther => {
                    let lasting = others.iter().find(|other| **other == ANDROID);
                    usize::from(lasting.or(others.first()) == Some(&other))
                }
            };
            if !reaches(other) {
                continue;
            }
            let count = self.good_of(user, |platform| platform == other).count();
            let excess = count.saturating_sub(kept);
            for login in self
                .good_of(user, |platform| platform == other)
                .take(excess)
            {
                // Noted now, forgotten by the next login.
                login.standing = Standing::Kicked;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OpenimMultiLogin::{OneEach, OneOfClass, PcAndOther, ThirtyEach};

    /// Which of the logins hold in the end, each a platform.
    fn held(server: OpenimServer, policy: OpenimMultiLogin, platforms: &[i32]) -> Vec<usize> {
        let mut logins = Logins::default();
        for (at, platform) in platforms.iter().enumerate() {
            logins.add(server, policy, "u", *platform, &at.to_string(), 0);
        }
        let all = platforms.iter().enumerate();
        let holds = |(at, platform): (usize, &i32)| {
            let standing = logins.standing("u", *platform, &at.to_string());
            (standing == Some(Standing::Good)).then_some(at)
        };
        all.filter_map(holds).collect()
    }

    #[test]
    fn each_policy_ends_its_own() {
        let main = OpenimServer::Main;
        assert_eq!(held(main, OneEach, &[5, 5, 1, 7, 1]), [1, 3, 4]);
        assert_eq!(held(main, OneOfClass, &[1, 2, 3, 4, 5, 2]), [3, 4, 5]);
        assert_eq!(held(main, PcAndOther, &[3, 4, 1, 2, 5, 7]), [0, 1, 4, 5]);
        let many = [1; 31];
        assert_eq!(held(main, ThirtyEach, &many).len(), 30);
        assert_eq!(held(main, ThirtyEach, &many)[0], 1);
        // The release line looks for another platform's tokens at the wrong place.
        assert_eq!(held(OpenimServer::Release, OneOfClass, &[1, 2, 1]), [1, 2]);
    }

    #[test]
    fn what_was_kicked_is_forgotten_by_the_next_login() {
        for (server, expected) in [
            (OpenimServer::Main, None),
            (OpenimServer::Release, Some(Standing::Kicked)),
        ] {
            let mut logins = Logins::default();
            logins.add(server, OneEach, "u", 5, "a", 0);
            logins.add(server, OneEach, "u", 5, "b", 0);
            assert_eq!(logins.standing("u", 5, "a"), Some(Standing::Kicked));
            logins.add(server, OneEach, "u", 7, "c", 0);
            assert_eq!(logins.standing("u", 5, "a"), expected);
            logins.add(server, OneEach, "u", 5, "d", 0);
            assert_eq!(logins.standing("u", 5, "a"), None);
        }
    }

    #[test]
    fn an_admin_s_older_token_holds_for_a_while() {
        let mut logins = Logins::default();
        let main = OpenimServer::Main;
        logins.add(main, OneEach, "admin", ADMIN_PLATFORM, "a", 0);
        logins.add(main, OneEach, "admin", ADMIN_PLATFORM, "b", 1000);
        let standing = logins.standing("admin", ADMIN_PLATFORM, "a");
        assert_eq!(standing, Some(Standing::Until(1000 + OPENIM_OLD_ADMIN_MS)));
        logins.revoke();
        assert!(logins.is_revoked("a") && logins.standing("admin", ADMIN_PLATFORM, "b").is_none());
    }
}
