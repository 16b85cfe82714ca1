// SMH's store by COS's own SDK for Node.js, as its owner has it: `cos.js BASE SECRET_ID SECRET_KEY`.
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const os = require('os');
const path = require('path');
const COS = require('cos-nodejs-sdk-v5');

const [base, SecretId, SecretKey] = process.argv.slice(2);
const bucket = { Bucket: 'smh-1250000000', Region: 'ap-guangzhou' };
const MIB = 1 << 20;
const client = (options) =>
  new COS({ SecretId, SecretKey, Protocol: 'http:', Domain: new URL(base).host, AutoSwitchHost: false, ...options });

async function fails(code, status, call) {
  try {
    await call;
  } catch (error) {
    assert.strictEqual(error.code, code, JSON.stringify(error));
    assert.strictEqual(error.statusCode, status);
    assert(error.headers['x-cos-request-id']);
    return;
  }
  assert.fail(`no ${code}`);
}

async function main() {
  const cos = client();
  await cos.headBucket(bucket);
  const names = ['a b.txt', 'dir/c+d.txt', '文%.txt'];
  for (const name of names) {
    const at = { ...bucket, Key: name };
    const headers = { 'x-cos-meta-one': '1' };
    const put = await cos.putObject({ ...at, Body: name, ContentType: 'text/plain', CacheControl: 'no-store', Headers: headers });
    assert.strictEqual(put.ETag, `"${crypto.createHash('md5').update(name).digest('hex')}"`);
    const back = await cos.getObject(at);
    assert.strictEqual(back.Body.toString(), name);
    assert.strictEqual(back.headers['cache-control'], 'no-store');
    assert.strictEqual(back.headers['x-cos-meta-one'], '1');
    await fails('PreconditionFailed', 412, cos.getObject({ ...at, IfMatch: '"0"' }));
    await fails('InvalidRange', 416, cos.getObject({ ...at, Range: 'bytes=99-' }));
    const some = await cos.getObject({ ...at, Range: 'bytes=1-2' });
    assert.strictEqual(some.statusCode, 206);
    // An address for whoever has no keys.
    const url = cos.getObjectUrl({ ...at, Sign: true, Protocol: 'http:' });
    const answer = await fetch(url);
    assert.strictEqual(await answer.text(), name);
    assert.strictEqual((await fetch(url.replace(/q-signature=.{8}/, 'q-signature=00000000'))).status, 403);
  }
  const listed = await cos.getBucket({ ...bucket, Prefix: 'dir/' });
  assert.deepStrictEqual(listed.Contents.map((one) => one.Key), ['dir/c+d.txt']);
  await fails('NoSuchKey', 404, cos.getObject({ ...bucket, Key: 'none' }));
  await fails('SignatureDoesNotMatch', 403, client({ SecretKey: '0'.repeat(32) }).headBucket(bucket).catch((error) => {
    // A HEAD has no body to say it.
    assert.strictEqual(error.statusCode, 403);
    throw Object.assign(error, { code: 'SignatureDoesNotMatch' });
  }));
  await fails('InvalidAccessKeyId', 403, client({ SecretId: 'AKIDother' }).getBucket(bucket));

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cos'));
  try {
    const file = path.join(folder, 'file');
    const content = crypto.randomBytes(3 * MIB + 5);
    fs.writeFileSync(file, content);
    const at = { ...bucket, Key: 'films/a.mp4' };
    // In parts, as the SDK plans it: it looks for uploads to go on with, and compares what is there.
    const done = await cos.uploadFile({ ...at, FilePath: file, SliceSize: MIB, ChunkSize: MIB });
    assert(done.ETag.endsWith('-4"'), done.ETag);
    const back = await cos.getObject(at);
    assert(back.Body.equals(content));
    // One that was left in the middle.
    const begun = await cos.multipartInit({ ...bucket, Key: 'half' });
    const part = { ...bucket, Key: 'half', UploadId: begun.UploadId };
    await cos.multipartUpload({ ...part, PartNumber: 1, Body: content.subarray(0, MIB), ContentLength: MIB });
    const there = await cos.multipartListPart(part);
    assert.strictEqual(there.Part.length, 1);
    const found = await cos.multipartList({ ...bucket, Prefix: 'half' });
    assert.strictEqual(found.Upload[0].UploadId, begun.UploadId);
    let sent = 0;
    const gone = await cos.sliceUploadFile({
      ...bucket, Key: 'half', FilePath: file, ChunkSize: MIB, AsyncLimit: 1,
      onProgress: (info) => { sent = info.loaded; },
    });
    assert(gone.ETag.endsWith('-4"'));
    assert.strictEqual(sent, content.length);
    const other = (await cos.multipartInit({ ...bucket, Key: 'gone' })).UploadId;
    await cos.multipartAbort({ ...bucket, Key: 'gone', UploadId: other });
    await fails('NoSuchUpload', 404, cos.multipartListPart({ ...bucket, Key: 'gone', UploadId: other }));
    await cos.deleteObject(at);
    await fails('NoSuchKey', 404, cos.getObject(at));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  console.log('done');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
