package main

import (
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

func (l line) source(c *call) chatfile.Source {
	kind := l["source"]
	bytes := l.pattern()
	var source chatfile.Source
	if kind == "path" || kind == "two" {
		source.Path = l.text("path")
	}
	if kind == "buffer" || kind == "two" {
		source.Data = make([]byte, l.number("size"))
		bytes.copy(0, source.Data)
	}
	if kind == "callback" {
		reader := patternReader{keys: l, call: c, bytes: bytes}
		size := l.number("size")
		if l.has("unsized") {
			size = chatfile.SizeUnknown
		}
		seeking := &seekingReader{reader}
		switch {
		case size == 0 && l.has("rewind"):
			return chatfile.FromReader(seekingEmpty{seeking}, size)
		case size == 0:
			return chatfile.FromReader(empty{&reader}, size)
		case l.has("rewind"):
			return chatfile.FromReader(seeking, size)
		}
		return chatfile.FromReader(&reader, size)
	}
	return source
}

// empty says itself that it has no bytes: a size of 0 is one that is not known.
type empty struct{ io.Reader }

func (empty) Len() int { return 0 }

// seekingEmpty does so, too.
type seekingEmpty struct{ io.ReadSeeker }

func (seekingEmpty) Len() int { return 0 }

// uploading are the options of an upload with the callbacks of its call.
func (l line) uploading(c *call) *chatfile.UploadOptions {
	options := l.uploadOptions()
	options.Progress = c.progress()
	return options
}

// downloading are the options of a download with the callbacks of its call.
func (l line) downloading(c *call) *chatfile.DownloadOptions {
	options := l.downloadOptions()
	options.Progress = c.progress()
	return options
}

func upload(l line, a *answer) {
	doUpload(l, a, nil)
}

func doUpload(l line, a *answer, presigned *chatfile.Presigned) {
	c := newCall(l)
	defer c.end()
	var result *chatfile.UploadResult
	var err error
	if presigned != nil {
		result, err = l.client().SendPresigned(c.ctx, presigned, l.source(c), l.uploading(c))
	} else {
		result, err = l.client().Upload(c.ctx, l.source(c), l.uploading(c))
	}
	if outcome(a, err, result != nil) {
		a.sayUploadResult(result)
	}
	if l["source"] == "callback" {
		a.sayNumber("reads", c.reads)
		a.sayNumber("rewinds", c.rewinds)
	}
	c.say(a)
}

func download(l line, a *answer) {
	doDownload(l, a, nil)
}

func doDownload(l line, a *answer, presigned *chatfile.Presigned) {
	c := newCall(l)
	defer c.end()
	writer := &sumWriter{keys: l, call: c}
	sink := chatfile.ToMemory()
	switch l["sink"] {
	case "path":
		sink = chatfile.ToFile(l["path"])
	case "callback":
		sink = chatfile.ToWriter(writer)
	}
	var result *chatfile.DownloadResult
	var err error
	if presigned != nil {
		result, err = l.client().ReceivePresigned(c.ctx, presigned, sink, l.downloading(c))
	} else {
		result, err = l.client().Download(c.ctx, l["file"], sink, l.downloading(c))
	}
	if outcome(a, err, result != nil) {
		a.sayDownloadResult(result)
		inMemory := sink.Path == "" && sink.Writer == nil
		if (result.Data != nil) != inMemory {
			die("data where there should be none, or none where there should be")
		}
		if inMemory {
			a.saySum(crc32.ChecksumIEEE(result.Data))
		}
	}
	if sink.Writer != nil {
		a.sayNumber("received", writer.got)
		a.saySum(writer.sum)
	}
	c.say(a)
}

// presigned is the request in the line; nil if it is refused, which is told then.
func (l line) presigned(a *answer) *chatfile.Presigned {
	made, err := chatfile.ParsePresigned(l["json"])
	if err != nil {
		outcome(a, err, made != nil)
	}
	return made
}

func sendPresigned(l line, a *answer) {
	if presigned := l.presigned(a); presigned != nil {
		doUpload(l, a, presigned)
	}
}

func receivePresigned(l line, a *answer) {
	if presigned := l.presigned(a); presigned != nil {
		doDownload(l, a, presigned)
	}
}

func completePresigned(l line, a *answer) {
	presigned := l.presigned(a)
	if presigned == nil {
		return
	}
	c := newCall(l)
	defer c.end()
	result, err := l.client().CompletePresigned(c.ctx, presigned, nil)
	if outcome(a, err, result != nil) {
		a.sayUploadResult(result)
	}
}

func sayPresigned(a *answer, made *chatfile.Presigned, err error) {
	if !outcome(a, err, made != nil) {
		return
	}
	a.sayPresigned(made)
	if text := fmt.Sprintf("%v %+v %#v", made, *made, made); strings.Contains(text, made.URL) {
		die("a presigned request is printed whole: " + text)
	}
}

func presignUpload(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	size := int64(chatfile.SizeUnknown)
	if l.has("size") {
		size = l.number("size")
	}
	made, err := l.client().PresignUpload(c.ctx, size, l.uploading(c))
	sayPresigned(a, made, err)
}

func presignDownload(l line, a *answer) {
	c := newCall(l)
	defer c.end()
	made, err := l.client().PresignDownload(c.ctx, l["file"], l.downloading(c))
	sayPresigned(a, made, err)
}
