package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

var update = flag.Bool("update", false, "rewrite the expected results of the cases in testdata")

// runCases runs the cases of a file: each has a line "=== name" and sections separated by ">>>". run gets all sections
// and returns what the last one should be. With -update, the file is rewritten with these results.
func runCases(t *testing.T, path string, run func(t *testing.T, name string, sections []string) (got string)) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	intro, rest, _ := strings.Cut(string(text), "\n=== ")
	written := intro
	for each := range strings.SplitSeq(rest, "\n=== ") {
		name, body, _ := strings.Cut(each, "\n")
		sections := strings.Split(strings.TrimSuffix(body, "\n")+"\n", ">>>\n")
		want := sections[len(sections)-1]
		var got string
		t.Run(name, func(t *testing.T) {
			got = run(t, name, sections)
			if got != want && !*update {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
		written += "\n=== " + name + "\n" + strings.Join(sections[:len(sections)-1], ">>>\n") + ">>>\n" + got
	}
	if *update {
		if err := os.WriteFile(path, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParse_Errors(t *testing.T) {
	runCases(t, "testdata/errors.txt", func(t *testing.T, _ string, sections []string) string {
		c, err := Parse("feeds.yaml", []byte(sections[0]))
		if err == nil {
			t.Fatal("no error")
		}
		if !reflect.DeepEqual(c, Config{}) {
			t.Errorf("an invalid file returned %+v", c)
		}
		return err.Error() + "\n"
	})
}

func TestParse_EmptyAndBinaryFiles(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"nothing", "", "1:1: the file is empty"},
		{"only a byte order mark", "\ufeff", "1:1: the file is empty"},
		{"only comments", "# soon\n\n# more\n", "1:1: the file is empty"},
		{"only a document mark", "---\n", "1:1: the file is empty"},
		{"only null", "~\n", "1:1: the file is empty"},
		{"UTF-16, little endian", "\xff\xfet\x00i\x00", "1:1: the file is in UTF-16"},
		{"UTF-16, big endian", "\xfe\xff\x00t\x00i", "1:1: the file is in UTF-16"},
		{"UTF-16 without a byte order mark", "t\x00i\x00t\x00l\x00e\x00", "1:1: the file is in UTF-16"},
		{"Latin-1", "title: x\nsubtitle: caf\xe9\n", "2:14: the byte 0xe9 is not UTF-8"},
		{"a picture", "\x89PNG\r\n\x1a\n", "1:1: the byte 0x89 is not UTF-8"},
		{"truncated within a character", "title: caf\xc3", "1:11: the byte 0xc3 is not UTF-8"},
		{"zero bytes after a disk failure", "title: x\n" + strings.Repeat("\x00", 100), "2:1: here is a zero byte"},
		{"a terminal escape", "title: x\nsubtitle: \x1b[31mred\n", "2:11: here is the control character U+001B"},
		{"a C1 control", "title: \u009b31m\n", "1:8: here is the control character U+009B"},
		{"a byte order mark does not count as a column", "\ufefftitel: x\nsources: [https://a.example]\n", "1:1: the key \"titel\""},
		{"Windows line endings", "title: x\r\nsubtitel: y\r\nsources: [https://a.example]\r\n", "2:1: the key \"subtitel\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("feeds.yaml", []byte(tt.file))
			if err == nil || !strings.HasPrefix(err.Error(), "feeds.yaml:"+tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestParse_MinimalFile(t *testing.T) {
	c := mustParse(t, "sources:\n  - https://www.a.example/feed\n  - http://b.example/atom.xml\n")
	want := Config{
		Title: "Broadsheet", Language: "en",
		Edition:   broadsheet.EditionRules{Time: "06:00", Location: time.UTC, Size: 12, PerSource: 1, FreshDays: 14},
		Selection: Scoring{Threshold: 3, Title: 3, Tags: 2, Lead: 1, Body: 0.5},
		Limits:    Limits{}.WithDefaults(),
		Mail:      MailSettings{TLS: "starttls"},
		Sources: []broadsheet.Source{
			{Kind: broadsheet.KindFeed, URL: "https://www.a.example/feed", Name: "a.example", Unnamed: true, Take: broadsheet.TakeAll, Line: 2},
			{Kind: broadsheet.KindFeed, URL: "http://b.example/atom.xml", Name: "b.example", Unnamed: true, Take: broadsheet.TakeAll, Line: 3},
		},
	}
	if c.Edition.Location.String() != "UTC" {
		t.Errorf("the zone is %s", c.Edition.Location)
	}
	c.Edition.Location = time.UTC
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestParse_AllKeys(t *testing.T) {
	c := mustParse(t, `
title: Systems Daily
subtitle: How real systems are built
url: https://example.com/daily
language: pt-BR
contact: editor@example.com
hub: https://hub.example.com/
theme: theme
edition: {time: 7:30, timezone: Europe/Berlin, size: 20, per_source: 2, fresh_days: 7, backlog: 3}
selection: {threshold: 4.5, title: 4, tags: "3", lead: 2, body: 0.25}
topics:
  databases: [database*, postgres*]
  streaming: {label: Streaming and events, weight: 2, words: [kafka]}
unwanted: {hiring: {weight: 3, words: [we are hiring]}}
companies: {Netflix: [https://www.netflixtechblog.com/, medium.com/netflix-techblog]}
boilerplate: [{id: teaser, where: lead, re: '^welcome back\.'}, "subscribe"]
stories: {join: [[https://a.example/x, https://b.example/y]], split: [[https://a.example/x, https://c.example/z]]}
limits: {timeout: 10s, run: 1h30m, body: 2 MiB, gap: 0, requests: 8, hosts: {medium.com: {gap: 10s, per_hour: 8}}, redirects: 3, pages: 50}
mail: {from: Daily <d@a.example>, to: [b@b.example, "Ann <c@c.example>"], host: mail.a.example, port: 465, tls: tls, user: u, password_env: PW, unsubscribe: "mailto:off@a.example?subject=off"}
webhook: [https://w.example/hook, {url_env: HOOK, allow_private: yes}, {url_file: hook}]
sources:
  - group: Databases
    topics: [databases]
    take: none
    bonus: 1
    every: 2d
    sources:
      - https://g.example/feed
      - {feed: https://h.example/feed, topics: [streaming], take: all, bonus: 2, every: 6h}
  - page: https://p.example/blog
    items: article
    link: h2 a
    title: h2
    date: time
    include: [/blog/*, kafka]
    exclude: [/jobs/*]
    company: Netflix
    excerpt: "article .body"
    allow_private: true
    secret: true
    headers: {x-api-key: "0123", Cookie: a=b; c=d, DNT: 1}
    user_agent: Reader/2.0 (for tests)
  - sitemap: https://s.example/sitemap.xml
    name: S
  - list:
      - https://l.example/one
      - {url: https://l.example/two, title: Two, note: "Second: better"}
    name: Hand-picked
  - file: tickets/feed.xml
`)
	berlin, _ := time.LoadLocation("Europe/Berlin")
	want := Config{
		Title: "Systems Daily", Subtitle: "How real systems are built", URL: "https://example.com/daily/", Language: "pt-BR",
		Contact: "editor@example.com", Hub: "https://hub.example.com/", Theme: "theme",
		Edition:   broadsheet.EditionRules{Time: "07:30", Location: berlin, Size: 20, PerSource: 2, FreshDays: 7, Backlog: 3},
		Selection: Scoring{Threshold: 4.5, Title: 4, Tags: 3, Lead: 2, Body: 0.25},
		Topics: []Topic{
			{Name: "databases", Label: "databases", Words: []string{"database*", "postgres*"}, Weight: 1},
			{Name: "streaming", Label: "Streaming and events", Words: []string{"kafka"}, Weight: 2},
		},
		Unwanted:    []Topic{{Name: "hiring", Label: "hiring", Words: []string{"we are hiring"}, Weight: 3}},
		Companies:   []Company{{Name: "Netflix", Links: []string{"netflixtechblog.com", "medium.com/netflix-techblog"}}},
		Boilerplate: []BoilerplatePattern{{ID: "teaser", Where: "lead", RE: `^welcome back\.`}, {ID: "line 16", Where: "any", RE: "subscribe"}},
		Stories: StoryRules{
			Join:  [][]string{{"https://a.example/x", "https://b.example/y"}},
			Split: [][]string{{"https://a.example/x", "https://c.example/z"}},
		},
		Limits: Limits{Timeout: 10 * time.Second, Run: 90 * time.Minute, Body: 2 << 20, Gap: -1, Requests: 8, Hosts: HostLimits{ByName: map[string]HostLimit{"medium.com": {Gap: 10 * time.Second, PerHour: 8}}}, Redirects: 3, Pages: 50},
		Mail: MailSettings{From: "Daily <d@a.example>", To: []string{"b@b.example", "Ann <c@c.example>"}, Host: "mail.a.example", Port: 465, TLS: "tls",
			User: "u", PasswordEnv: "PW", Unsubscribe: "mailto:off@a.example?subject=off"},
		Webhooks: []Webhook{{URL: "https://w.example/hook"}, {URLEnv: "HOOK", AllowPrivate: true}, {URLFile: "hook"}},
		Groups:   []string{"Databases"},
		Sources: []broadsheet.Source{
			{Kind: broadsheet.KindFeed, URL: "https://g.example/feed", Name: "g.example", Unnamed: true, Group: "Databases", Topics: []string{"databases"}, Take: broadsheet.TakeNone, Bonus: 1, Every: 48 * time.Hour, Line: 28},
			{Kind: broadsheet.KindFeed, URL: "https://h.example/feed", Name: "h.example", Unnamed: true, Group: "Databases", Topics: []string{"streaming", "databases"}, Take: broadsheet.TakeAll, Bonus: 2, Every: 6 * time.Hour, Line: 29},
			{Kind: broadsheet.KindPage, URL: "https://p.example/blog", Name: "p.example", Unnamed: true, Items: "article", Link: "h2 a", Title: "h2", Date: "time",
				Include: []string{"/blog/*", "kafka"}, Exclude: []string{"/jobs/*"}, Company: "Netflix", Take: broadsheet.TakeMatching, Excerpt: "article .body", AllowPrivate: true, Secret: true, Line: 30,
				Headers: broadsheet.Headers{"X-Api-Key": "0123", "Cookie": "a=b; c=d", "Dnt": "1"}, UserAgent: "Reader/2.0 (for tests)"},
			{Kind: broadsheet.KindSitemap, URL: "https://s.example/sitemap.xml", Name: "S", Take: broadsheet.TakeMatching, Line: 43},
			{Kind: broadsheet.KindList, Name: "Hand-picked", Take: broadsheet.TakeMatching, Line: 45,
				List: []broadsheet.ListEntry{{URL: "https://l.example/one"}, {URL: "https://l.example/two", Title: "Two", Note: "Second: better"}}},
			{Kind: broadsheet.KindFile, Path: "tickets/feed.xml", Name: "feed", Unnamed: true, Take: broadsheet.TakeMatching, Line: 49},
		},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	other := mustParse(t, "mail: {from: d@a.example, host: mail.a.example, user: u, password_file: pw}\nsources: [https://a.example/]")
	want.Mail.PasswordFile = other.Mail.PasswordFile                                                                 // a file can have only one of the two
	want.Limits.Hosts.AtOnce = mustParse(t, "limits: {hosts: 8}\nsources: [https://a.example/]").Limits.Hosts.AtOnce // and of these
	checkAllFieldsSet(t, "Config", reflect.ValueOf(want))
}

// checkAllFieldsSet fails for fields that TestParse_AllKeys forgot: each field of a struct must be set in at least one
// of its values.
func checkAllFieldsSet(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			checkAllFieldsSet(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		if v.Len() > 0 && v.Index(0).Kind() == reflect.Struct {
			for i := range v.Index(0).NumField() {
				name := v.Index(0).Type().Field(i).Name
				if !slices.ContainsFunc(slices.Collect(func(yield func(reflect.Value) bool) {
					for j := range v.Len() {
						yield(v.Index(j).Field(i))
					}
				}), func(f reflect.Value) bool { return !f.IsZero() }) {
					t.Errorf("%s.%s is never set by this test", path, name)
				}
			}
			return
		}
		fallthrough
	default:
		if v.IsZero() {
			t.Errorf("%s is never set by this test", path)
		}
	}
}

func TestParse_UnusualValidFiles(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		get        func(c Config) any
		want       any
	}{
		{"Windows line endings and a byte order mark", "\ufefftitle: x\r\nsources:\r\n- https://a.example/\r\n", titleOf, "x"},
		{"no line ending at the end", "sources: [https://a.example/]\ntitle: x", titleOf, "x"},
		{"JSON", `{"title": "x", "sources": ["https://a.example/"]}`, titleOf, "x"},
		{"a number, a date and a boolean as text", "title: 2048\nsubtitle: 2026-01-01\nsources: [{feed: https://a.example/, name: yes}]", func(c Config) any {
			return c.Title + c.Subtitle + c.Sources[0].Name
		}, "20482026-01-01yes"},
		{"a text on several lines", "title: >\n  one\n  two\nsources: [https://a.example/]", titleOf, "one two"},
		{"emoji with joiners", "title: 👩‍💻 daily 🏴󠁧󠁢󠁥󠁮󠁧󠁿\nsources: [https://a.example/]", titleOf, "👩‍💻 daily 🏴󠁧󠁢󠁥󠁮󠁧󠁿"},
		{"Persian with joiners", "title: می\u200cخواهم\nsources: [https://a.example/]", titleOf, "می\u200cخواهم"},
		{"a YAML directive", "%YAML 1.2\n---\ntitle: x\nsources: [https://a.example/]\n...\n", titleOf, "x"},
		{"an empty document after it", "title: x\nsources: [https://a.example/]\n---\n", titleOf, "x"},
		{"numbers in quotes", "edition: {size: '7'}\nsources: [https://a.example/]", func(c Config) any { return c.Edition.Size }, 7},
		{"merge keys: the keys of the source take precedence", "x-base: &base {take: none, every: 1d}\nsources:\n- {<<: *base, feed: https://a.example/, take: all}", func(c Config) any {
			return fmt.Sprint(c.Sources[0].Take, c.Sources[0].Every)
		}, "all24h0m0s"},
		{"a list of merge keys: the first takes precedence", "x-a: &a {bonus: 1}\nx-b: &b {bonus: 2, every: 1d}\nsources:\n- {<<: [*a, *b], feed: https://a.example/}", func(c Config) any {
			return fmt.Sprint(c.Sources[0].Bonus, c.Sources[0].Every)
		}, "1 24h0m0s"},
		{"words from an alias", "topics:\n  a: &w [kafka]\n  b: *w\nsources: [https://a.example/]", func(c Config) any { return fmt.Sprint(c.Topics[1].Words) }, "[kafka]"},
		{"topics as a list of names", "topics: [kafka, raft]\nsources: [https://a.example/]", func(c Config) any {
			return fmt.Sprint(c.Topics[1].Name, c.Topics[1].Words, c.Sources[0].Take)
		}, "raft[raft]matching"},
		{"topics that only sources name", "sources:\n- {feed: https://a.example/, topics: [databases]}\n- {feed: https://b.example/, topics: [databases, caching]}", func(c Config) any {
			return fmt.Sprint(c.Topics[0].Name, c.Topics[1].Name, len(c.Topics), c.Sources[0].Take)
		}, "databasescaching2all"},
		{"sources on the same host are named by path", "sources: [https://m.example/feed/a, https://m.example/feed/b]", namesOf, "m.example/feed/a, m.example/feed/b"},
		{"sources with the same path are named by query", "sources: ['https://m.example/feed?id=1', 'https://m.example/feed?id=2']", namesOf, "m.example/feed?id=1, m.example/feed?id=2"},
		{"a host that is the name of another source", "sources: [https://m.example/a, {feed: https://n.example/, name: M.example}]", namesOf, "m.example/a, M.example"},
		{"a URL with a password", "sources: ['https://me:secret@a.example/feed']", func(c Config) any { return c.Sources[0].URL + c.Sources[0].Name }, "https://me:secret@a.example/feeda.example"},
		{"several kinds of hosts", "sources: ['http://localhost:8080/feed', 'http://[::1]:8080/feed', 'http://127.0.0.1/feed', 'https://münchen.example/ü', 'HTTPS://A.example/feed', 'https://xn--mnchen-3ya.example./']", func(c Config) any { return len(c.Sources) }, 6},
		{"two sources that differ only in the query", "sources: ['https://a.example/?feed=rss', 'https://a.example/?feed=atom']", func(c Config) any { return len(c.Sources) }, 2},
		{"an obsolete time zone name", "edition: {timezone: US/Pacific}\nsources: [https://a.example/]", func(c Config) any { return c.Edition.Location.String() }, "US/Pacific"},
		{"requests at once", "limits: {requests: 16}\nsources: [https://a.example/]", func(c Config) any { return c.Limits.WithDefaults().Requests }, 16},
		{"requests at once, as they were written earlier", "limits: {hosts: 16}\nsources: [https://a.example/]", func(c Config) any { return c.Limits.WithDefaults().Requests }, 16},
		{"limits of a host", "limits: {hosts: {Medium.com.: {gap: 10s, per_hour: 8}}}\nsources: [https://a.example/]",
			func(c Config) any { return c.Limits.Hosts.ByName["medium.com"] }, HostLimit{10 * time.Second, 8}},
		{"no pause between requests to a host", "limits: {hosts: {a.example: {gap: 0}}}\nsources: [https://a.example/]",
			func(c Config) any { return c.Limits.Hosts.ByName["a.example"] }, HostLimit{Gap: -1}},
		{"no pause between requests", "limits: {gap: 0s}\nsources: [https://a.example/]", func(c Config) any { return c.Limits.WithDefaults().Gap < 0 }, true},
		{"extension keys", "x-note: {anything: [goes]}\nsources: [{feed: https://a.example/, x-checked: 2026-01-01}]", func(c Config) any { return len(c.Sources) }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.get(mustParse(t, tt.file)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func titleOf(c Config) any { return c.Title }

func namesOf(c Config) any {
	var all []string
	for _, s := range c.Sources {
		all = append(all, s.Name)
	}
	return strings.Join(all, ", ")
}

func mustParse(t *testing.T, file string) Config {
	t.Helper()
	c, err := Parse("feeds.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestErrors_TextIsLimited(t *testing.T) {
	_, err := Parse("feeds.yaml", []byte("sources:\n"+strings.Repeat("- no\n", 130)))
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 130 {
		t.Fatalf("%d errors, want 130", len(errs))
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 101 || lines[100] != "and 30 more" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestParse_ErrorsRedactPasswords(t *testing.T) {
	for _, file := range []string{
		"sources: ['https://me:secret@a.example/x y']",
		"sources: ['https://me:my/secret@a.example/feed']",
		"sources: ['me:secret@a.example/feed']",
		"sources: ['//me:secret@a.example/feed']",
		"sources: ['feed://me:secret@a.example/feed']",
		"sources: ['ftp://me:secret@a.example/feed']",
		"sources: ['https://me:secret@[::1/feed']",
		"sources: ['https://me:secret@a.example:port/feed']",
		"sources: ['https://me:secret@']",
		"sources: ['https://me:secret@a.example/feed', 'https://me:secret@a.example/feed']",
		"sources:\n- https://me:secret@a.example/feed\n  name: x",
		"sources: https://me:secret@a.example/feed",
		"url: https://me:secret@a.example/\nsources: [https://a.example/]",
		"sources: [{fead: https://me:secret@a.example/feed}]",
		"https://me:secret@a.example/feed",
	} {
		_, err := Parse("feeds.yaml", []byte(file))
		if err == nil {
			t.Errorf("%s: no error", file)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
