// Uploads as a page makes them with nothing but the browser: forms, PUTs with fields that need a preflight, and answers whose
// fields a script may read.
"use strict";

// OpenIM hashes by MD5, which browsers have not; these are of the contents below.
async function openimForm(token) {
  const operationID = "browser";
  const file = bytes(1000);
  const begun = await asked("/object/initiate_form_data", { name: "alice/browser.bin", size: file.length, contentType: "image/png" }, { operationID, token });
  check(begun.errCode === 0, JSON.stringify(begun));
  const form = new FormData();
  for (const [name, value] of Object.entries(begun.data.formData)) form.append(name, value);
  form.append("file", new Blob([file], { type: "image/png" }), "browser.png");
  const stored = await fetch(begun.data.url, { method: "POST", body: form });
  check(begun.data.successCodes.includes(stored.status), "form: " + stored.status);
  check(stored.headers.get("etag"), "the ETag is not to be read");
  const done = await asked("/object/complete_form_data", { id: begun.data.id }, { operationID, token });
  check(done.errCode === 0, JSON.stringify(done));
  const back = await fetch(done.data.url);
  check(back.ok && same(new Uint8Array(await back.arrayBuffer()), file), "form: another file came back");
  const part = await fetch(done.data.url, { headers: { Range: "bytes=10-19" } });
  check(part.status === 206 && part.headers.get("content-range"), "no range: " + part.status);
}

async function openimParts(token, settings) {
  const operationID = "browser";
  const call = (path, body) => asked(path, body, { operationID, token });
  const { size, parts, hash } = settings.file;
  const file = bytes(size);
  const begun = await call("/object/initiate_multipart_upload", {
    hash, size, partSize: settings.part, maxParts: parts.length, cause: "", name: "alice/parts.bin", contentType: "application/octet-stream",
  });
  check(begun.errCode === 0, JSON.stringify(begun));
  const { sign, uploadID } = begun.data.upload;
  for (const part of sign.parts) {
    const url = new URL(part.url || sign.url);
    for (const { key, values } of [...(sign.query ?? []), ...(part.query ?? [])]) url.searchParams.set(key, values[0]);
    const headers = {};
    for (const { key, values } of [...(sign.header ?? []), ...(part.header ?? [])]) if (key !== "Host") headers[key] = values[0];
    const at = (part.partNumber - 1) * settings.part;
    const put = await fetch(url, { method: "PUT", headers, body: file.slice(at, at + settings.part) });
    check(put.status === 200, "part: " + put.status + (await put.text()));
    check(put.headers.get("etag") === `"${parts[part.partNumber - 1]}"`, "part: another ETag " + put.headers.get("etag"));
  }
  const done = await call("/object/complete_multipart_upload", { uploadID, parts, cause: "", name: "alice/parts.bin", contentType: "application/octet-stream" });
  check(done.errCode === 0, JSON.stringify(done));
  const back = await fetch(done.data.url);
  check(same(new Uint8Array(await back.arrayBuffer()), file), "parts: another file came back");
}

async function easemob({ org, app, client_id, client_secret }) {
  const base = `/${org}/${app}`;
  const token = (await asked(base + "/token", { grant_type: "client_credentials", client_id, client_secret })).access_token;
  const file = bytes(2000);
  const form = new FormData();
  form.append("file", new File([file], "图 1.bin"));
  const headers = { Authorization: "Bearer " + token, "restrict-access": "true" };
  const stored = await fetch(emulator + base + "/chatfiles", { method: "POST", headers, body: form });
  const { uri, entities } = await stored.json();
  const back = await fetch(`${uri}/${entities[0].uuid}`, { headers: { Authorization: "Bearer " + token, "share-secret": entities[0]["share-secret"] } });
  check(back.ok && same(new Uint8Array(await back.arrayBuffer()), file), "Easemob: another file came back");
}

async function smh({ library_id, library_secret }) {
  const query = new URLSearchParams({ library_id, library_secret, space_id: "-", user_id: "browser", grant: "admin" });
  const token = (await (await fetch(`${emulator}/api/v1/token?${query}`)).json()).accessToken;
  const file = bytes(3000);
  const path = `${emulator}/api/v1/file/${library_id}/-/`;
  const begun = await (await fetch(`${path}browser.bin?access_token=${token}`, { method: "PUT" })).json();
  const put = await fetch(`http://${begun.domain}${begun.path}`, { method: "PUT", headers: begun.headers, body: file });
  check(put.status === 200, "COS: " + put.status);
  check(put.headers.get("x-cos-hash-crc64ecma") && put.headers.get("etag"), "COS: its fields are not to be read");
  const done = await fetch(`${path}${begun.confirmKey}?confirm&access_token=${token}`, { method: "POST" });
  check(done.ok, "confirm: " + done.status);
  const back = await fetch(`${path}browser.bin?access_token=${token}`);
  check(same(new Uint8Array(await back.arrayBuffer()), file), "SMH: another file came back");
}

run(async () => {
  const settings = await (await fetch("/settings")).json();
  const token = await openimToken("alice");
  await openimForm(token);
  await openimParts(token, settings.parts);
  await easemob(settings.easemob);
  await smh(settings.smh);
});
