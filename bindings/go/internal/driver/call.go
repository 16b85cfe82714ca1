package main

import (
	"context"
	"os"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// call is what the callbacks of one call saw.
type call struct {
	keys    line
	thread  int
	strayed bool

	reads, rewinds           int64
	reports, early, finished int64
	doing, hashed            int64
	rated, left              bool
	first, last, total       int64
	fell, outside            bool

	ctx    context.Context
	cancel context.CancelFunc
	// Ends the goroutine that waits for the signal.
	over, ended chan struct{}
}

// newCall makes the context of a call as the line asks for it.
func newCall(l line) *call {
	c := &call{keys: l, thread: thread(), ctx: context.Background(), cancel: func() {}}
	if !l.has("fire_at") && !l.has("fire_before") && !l.has("fire_when") {
		return c
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if l.has("fire_before") {
		c.cancel()
	}
	if l.has("fire_when") {
		c.over, c.ended = make(chan struct{}), make(chan struct{})
		go c.watch()
	}
	return c
}

// watch cancels once the file is there.
func (c *call) watch() {
	defer close(c.ended)
	for {
		select {
		case <-c.over:
			return
		case <-time.After(time.Millisecond):
			if _, err := os.Stat(c.keys["fire_when"]); err == nil {
				c.cancel()
				return
			}
		}
	}
}

func (c *call) end() {
	if c.over != nil {
		close(c.over)
		<-c.ended
	}
	c.cancel()
}

// check notes when a callback runs on another thread than the call.
func (c *call) check() {
	if thread() != c.thread {
		c.strayed = true
	}
}

func (c *call) progress() func(chatfile.Progress) error {
	if !c.keys.has("progress") {
		return nil
	}
	return func(p chatfile.Progress) error {
		c.check()
		if c.reports == 0 {
			c.first = p.Done
		} else if p.Done < c.last {
			c.fell = true
		}
		c.reports++
		if p.TotalKnown && p.Done > p.Total {
			c.outside = true
		}
		if !p.TotalKnown && p.Total != 0 {
			die("an unknown total that is not 0")
		}
		if !p.Finished && p.TotalKnown && p.Total > 0 && p.Done == p.Total {
			c.early++
		}
		if p.Finished {
			c.finished++
		}
		c.last, c.total = p.Done, p.Total
		c.doing |= 1 << p.Activity
		if p.Hashed > c.hashed {
			c.hashed = p.Hashed
		}
		c.rated = c.rated || p.Rate > 0
		c.left = c.left || p.Remaining > 0
		if c.keys.has("fire_at") && p.Done >= c.keys.number("fire_at") {
			c.cancel()
		}
		stops := c.keys.has("cancel_at") && p.Done >= c.keys.number("cancel_at") && c.reports >= c.keys.number("cancel_report")
		if value := c.keys.number("cancel_value"); value != 0 && stops {
			return refusal(value)
		}
		return nil
	}
}

func (c *call) say(a *answer) {
	if c.keys.has("progress") {
		a.sayNumber("reports", c.reports)
		a.sayNumber("first", c.first)
		a.sayFlag("rising", !c.fell)
		a.sayFlag("within", !c.outside)
		a.sayNumber("early", c.early)
		a.sayNumber("finished", c.finished)
		a.sayNumber("last", c.last)
		a.sayNumber("total", c.total)
		a.sayNumber("doing", c.doing)
		a.sayNumber("hashed", c.hashed)
		a.sayFlag("rated", c.rated)
		a.sayFlag("left", c.left)
	}
	a.sayFlag("same_thread", !c.strayed)
}
