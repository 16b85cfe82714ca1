// What the pages share: the emulator's address, and how a page says that it is done.
"use strict";
const emulator = new URLSearchParams(location.search).get("emulator");

// The page's last word: "done", or what went wrong.
async function report(said) {
  await fetch("/report", { method: "POST", body: String(said) });
}

function check(is, what) {
  if (!is) throw new Error(what);
}

function run(test) {
  addEventListener("unhandledrejection", (event) => report("not caught: " + (event.reason?.stack ?? JSON.stringify(event.reason))));
  addEventListener("error", (event) => report("error: " + event.message));
  test().then(
    () => report("done"),
    (error) => report(error?.stack ?? JSON.stringify(error)),
  );
}

async function asked(path, body, headers = {}) {
  const answer = await fetch(emulator + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return answer.json();
}

// A user's token of OpenIM.
async function openimToken(user) {
  const operationID = "browser";
  const settings = await (await fetch("/settings")).json();
  const admin = await asked("/auth/get_admin_token", { secret: settings.openim.secret, userID: settings.openim.admin_id }, { operationID });
  const one = await asked("/auth/get_user_token", { userID: user, platformID: 5 }, { operationID, token: admin.data.token });
  check(one.errCode === 0, JSON.stringify(one));
  return one.data.token;
}

function bytes(length) {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 255);
}

function same(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
