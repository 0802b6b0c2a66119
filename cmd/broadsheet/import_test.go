package main

import (
	"fmt"
	"strings"
	"testing"

	"broadsheet/internal/config"
)

// TestALongListIsImported has more feeds than a file that is read for each of them would allow, and some that cannot be
// added: these alone are left out, and each is told. There are 3,000 in long mode, otherwise 900.
func TestALongListIsImported(t *testing.T) {
	t.Parallel()
	many := 900
	if longMode {
		many = 3000
	}
	var feeds []subscription
	for i := range many {
		f := subscription{address: fmt.Sprintf("https://blog%d.example/feed", i), name: fmt.Sprintf("Blog %d", i)}
		if i%(many/3) == many/6 {
			f.address = fmt.Sprintf("ftp://blog%d.example/feed", i)
		}
		if i%2 == 1 {
			f.folders = []string{"Odd"}
		}
		feeds = append(feeds, f)
	}
	text, added, refused := addAll(starting(nil), config.Config{}, feeds)
	if added != many-3 || len(refused) != 3 {
		t.Fatalf("%d added, left out: %q", added, refused)
	}
	for i, n := range []int{many / 6, many / 2, many * 5 / 6} {
		if !strings.HasPrefix(refused[i], fmt.Sprintf("Blog %d: left out: ", n)) {
			t.Errorf("left out: %s", refused[i])
		}
	}
	c, err := config.Parse("feeds.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != added || len(c.Groups) != 1 {
		t.Errorf("%d sources under %q", len(c.Sources), c.Groups)
	}
}
