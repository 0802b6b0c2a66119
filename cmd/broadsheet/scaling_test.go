//go:build scaling

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestScalingOfOPML: four times the list takes at most six times as long. See fetch/scaling_test.go.
func TestScalingOfOPML(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for name, part := range map[string][3]string{
		"outlines":     {"<opml><body>", `<outline text="x#" xmlUrl="https://a.example/#"/>`, "</body></opml>"},
		"attributes":   {"<opml><body><outline ", `a#="x" `, "/></body></opml>"},
		"one again":    {"<opml><body><outline ", `a="x" `, "/></body></opml>"},
		"namespaces":   {"<opml ", `xmlns:n#="http://a" `, "><body></body></opml>"},
		"nested":       {"<opml><body>", `<outline text="x">`, ""},
		"categories":   {`<opml><body><outline xmlUrl="https://a.example/" category="`, "a#,", `"/></body></opml>`},
		"never closed": {"<opml><body>", `<outline text="`, ""},
		"comments":     {"<opml><body>", "<!-- x -->", ""},
		"ampersands":   {"<opml><body><outline text='", "&", "'/></body></opml>"},
		"references":   {"<opml><body><outline text='", "&#1;&#x41;", "'/></body></opml>"},
		"controls":     {"<opml><body>", "\x01\xff", "</body></opml>"},
		"declaration":  {"<?xml ", " encoding = ", "<opml>"},
		"end tags":     {"<opml><body>", "</outline>", ""},
		"sections":     {"<opml><body>", "<![CDATA[]]>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			input := func(size int) []byte {
				b := strings.Builder{}
				b.WriteString(part[0])
				for i := 0; b.Len() < size; i++ {
					b.WriteString(strings.ReplaceAll(part[1], "#", fmt.Sprint(i)))
				}
				return []byte(b.String() + part[2])
			}
			one, four := input(256<<10), input(1<<20)
			growth, least := 0.0, time.Duration(0)
			for range 4 {
				a, b := parseTime(one), parseTime(four)
				if growth, least = float64(b)/float64(a), b; growth <= 6 {
					break
				}
			}
			fmt.Printf("%-60s %5.1f  (%v)\n", t.Name(), growth, least.Round(10*time.Microsecond))
			if growth > 6 && least > 25*time.Millisecond {
				t.Errorf("four times the list takes %.1f times as long: %v", growth, least)
			}
		})
	}
}

// parseTime is the least processor time of some readings.
func parseTime(list []byte) time.Duration {
	least := time.Duration(1<<63 - 1)
	for range 4 {
		runtime.GC()
		var before, after syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
		_, _, _ = readOPML(list)
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
		least = min(least, time.Duration(after.Utime.Nano()+after.Stime.Nano()-before.Utime.Nano()-before.Stime.Nano()))
	}
	return least
}
