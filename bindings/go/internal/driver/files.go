package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

func deleteFile(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	result, err := l.client().Delete(c.ctx, l.text("file"), l.deleteOptions())
	sayDeleted(a, result, err)
}

func deleteByTime(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	result, err := l.client().DeleteByTime(c.ctx, *l.netEaseDeleteTask(), nil)
	sayDeleted(a, result, err)
}

func sayDeleted(a *answer, result *chatfile.DeleteResult, err error) {
	if outcome(a, err, result != nil) {
		a.sayDeleteResult(result)
	}
}

func (l line) time(key string) time.Time {
	if !l.has(key) {
		return time.Time{}
	}
	return time.UnixMilli(l.number(key))
}

func abortUpload(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	err := l.client().AbortUpload(c.ctx, l.abortUploadOptions())
	outcome(a, err, err == nil)
}

func info(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	info, err := l.client().Info(c.ctx, l["file"], nil)
	if outcome(a, err, info != nil) {
		a.sayFileInfo(info)
	}
}

func check(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	steps, err := l.client().Check(c.ctx, l.checkOptions())
	if outcome(a, err, steps != nil) {
		a.sayNumber("count", int64(len(steps)))
		for i := range steps {
			a.at(i, func() { a.sayCheckStep(&steps[i]) })
		}
	}
}

func exists(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	there, err := l.client().Exists(c.ctx, l["file"], nil)
	if outcome(a, err, there || err == nil) {
		a.sayFlag("value", there)
	}
}

func list(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	listing, err := l.client().List(c.ctx, l["directory"], l.listOptions())
	if outcome(a, err, listing != nil) {
		a.sayListing(listing)
	}
}

func listAll(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	names, given := "", 0
	var failure error
	l.client().ListAll(c.ctx, l["directory"], l.listOptions())(func(entry chatfile.FileInfo, err error) bool {
		if err != nil {
			failure = err
			return false
		}
		names += entry.Name + "/"
		given++
		return true
	})
	outcome(a, failure, failure == nil)
	a.sayNumber("given", int64(given))
	a.sayText("names", names)
}

func checksum(l line, a *answer) {
	sum, err := chatfile.NetEaseChecksum(l["app_secret"], l["nonce"], l["cur_time"])
	if outcome(a, err, sum != "") {
		a.say("checksum", sum)
	}
}

// digestPieces reads the file in pieces; asks for a digest in between, which must change nothing.
func digestPieces(l line, d *chatfile.Digest) error {
	file, err := os.Open(l["path"])
	if err != nil {
		die(err.Error())
	}
	defer file.Close()
	buffer := make([]byte, l.number("step"))
	for {
		count, err := io.ReadFull(file, buffer)
		if count == 0 {
			return nil
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			die(err.Error())
		}
		if _, err := d.Write(buffer[:count]); err != nil {
			return err
		}
		if _, err := d.Text(chatfile.DigestSMHFull); err != nil {
			die("no digest in between")
		}
	}
}

func digest(l line, a *answer) {
	kinds := []struct {
		key  string
		kind chatfile.DigestKind
	}{
		{"full", chatfile.DigestSMHFull},
		{"beginning", chatfile.DigestSMHBeginning},
		{"openim", chatfile.DigestOpenIM},
		{"crc64", chatfile.DigestCRC64},
	}
	all := chatfile.DigestSMHFull | chatfile.DigestSMHBeginning | chatfile.DigestOpenIM | chatfile.DigestCRC64
	d, err := chatfile.NewDigest(all, l.number("part_size"))
	if err != nil {
		outcome(a, err, d != nil)
		return
	}
	defer d.Close()
	if l.has("step") {
		err = digestPieces(l, d)
	} else {
		c := newCall(l)
		defer c.end()
		err = d.AddFile(c.ctx, l["path"], nil)
	}
	if !outcome(a, err, err == nil) {
		return
	}
	for _, one := range kinds {
		text, err := d.Text(one.kind)
		if err != nil {
			die(err.Error())
		}
		a.say(one.key, text)
	}
	a.say("number", strconv.FormatUint(d.CRC64Value(), 10))
	a.sayNumber("parts", int64(d.PartCount()))
	for i := 0; i < d.PartCount() && i < 16; i++ {
		text, err := d.Part(i)
		if err != nil {
			die(err.Error())
		}
		a.say(fmt.Sprintf("part.%d", i), text)
	}
}

func combine(l line, a *answer) {
	number := func(key string) uint64 {
		value, err := strconv.ParseUint(l[key], 10, 64)
		if err != nil {
			die(err.Error())
		}
		return value
	}
	a.begin("ok")
	a.say("number", strconv.FormatUint(chatfile.CombineCRC64(number("first"), number("second"), l.number("length")), 10))
}
