package publish

import (
	"path/filepath"
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/internal/health"
)

// TestWrite_LeaksNoSecretOrInternalAddress publishes sources with secret and internal addresses, and searches every file for
// them.
func TestWrite_LeaksNoSecretOrInternalAddress(t *testing.T) {
	feed := func(link string, inside bool) SourceStatus {
		return SourceStatus{Source: broadsheet.Source{Kind: broadsheet.KindFeed, URL: link, Name: "A source", AllowPrivate: inside}, HomePage: link,
			Failing: true, Health: "failing: " + link + ": 404 Not Found"}
	}
	secret := feed("https://paid.example/feed?token=SECRET123", false)
	login := feed("https://me:SECRET123@login.example/feed", false)
	inside := feed("https://wiki.hidden.example/feed", true)
	all := testEditions()
	last := &all[len(all)-1]
	inside.Health = "failing"
	for i, s := range []SourceStatus{secret, login, inside} {
		last.Picks[i].Source = s.ID()
	}
	config, src := testConfig(), editionSourceOf(all)
	src.Sources = append(src.Sources, secret, login, inside)
	for _, s := range []SourceStatus{secret, login, inside} {
		for _, what := range []string{"broke", "moved"} {
			text := s.URL
			if what == "broke" {
				text = "Get \"" + s.URL + "\": 10.20.30.40 refused"
			}
			src.Health = append(src.Health, health.Event{Source: s.ID(), Name: s.Name, Kind: what, Text: text, At: last.At})
		}
	}
	dir := t.TempDir()
	write(t, dir, config, src)
	gone := t.TempDir()
	unlisted := src
	unlisted.Sources = testSources()
	write(t, gone, config, unlisted)
	for _, at := range []string{dir, gone} {
		files, _ := readTree(t, at)
		for name, text := range files {
			for _, word := range []string{"SECRET123", "wiki.hidden.example"} {
				if strings.Contains(text, word) && !(at == gone && word != "SECRET123") {
					t.Errorf("%s tells %s", filepath.Base(at)+"/"+name, word)
				}
			}
		}
	}
	if opml, err := OPML(config, src.Sources, false); err != nil || strings.Contains(string(opml), "SECRET123") || !strings.Contains(string(opml), inside.URL) {
		t.Errorf("the maintainer's own list: %v\n%s", err, opml)
	}
	if opml, err := OPML(config, src.Sources, true); err != nil || !strings.Contains(string(opml), secret.URL) || !strings.Contains(string(opml), login.URL) {
		t.Errorf("the maintainer's own list with secrets: %v\n%s", err, opml)
	}
}

// TestWrite_DropsPrivateNetworkLinks publishes an edition that an earlier version stored, which allowed links into private
// networks. Its articles stay, under the same ids, without those links. Links of a source with allow_private stay.
func TestWrite_DropsPrivateNetworkLinks(t *testing.T) {
	all := testEditions()
	last := &all[len(all)-1]
	inside := SourceStatus{Source: broadsheet.Source{Kind: broadsheet.KindFeed, URL: "http://wiki.corp/feed", Name: "Wiki", AllowPrivate: true}}
	last.Picks[0].Link, last.Picks[0].Key = "http://localhost:4000/hidden", "localhost:4000/hidden"
	last.Picks[1].Also = append(last.Picks[1].Also, broadsheet.SourceLink{SourceName: "Other", Link: "http://10.0.0.1/hidden"})
	last.Picks[2].Source, last.Picks[2].SourceName, last.Picks[2].Link, last.Picks[2].Key = inside.ID(), "Wiki", "http://wiki.corp/article", "wiki.corp/article"
	last.More = append(last.More, broadsheet.SourceOverflow{SourceName: "Other", Total: 2, Articles: []broadsheet.SourceLink{
		{SourceName: "Other", Link: "http://2130706433/hidden", Title: "More"}, {SourceName: "Wiki", Link: "http://wiki.corp/more", Title: "More"}}})
	config, src := testConfig(), editionSourceOf(all)
	src.Sources = append(src.Sources, inside)
	dir := t.TempDir()
	write(t, dir, config, src)
	files, _ := readTree(t, dir)
	together := ""
	for name, text := range files {
		together += text
		if strings.Contains(text, "/hidden") {
			t.Errorf("%s tells of an address inside", name)
		}
	}
	for _, word := range []string{broadsheet.Article{Key: "localhost:4000/hidden"}.ID(), "http://wiki.corp/article", "http://wiki.corp/more"} {
		if !strings.Contains(together, word) {
			t.Errorf("%s is in no file", word)
		}
	}
	read, err := ReadEdition([]byte(files[EditionPath(last.Day)]))
	if err != nil || read.Picks[0].ID() != last.Picks[0].ID() || read.Picks[2].Key != "wiki.corp/article" {
		t.Errorf("read back: %v, %+v", err, read.Picks)
	}
	var sent strings.Builder
	message, err := NewMessage(config, *last, "a@paper.example", "b@reader.example", "")
	if err == nil {
		_, err = message.WriteTo(&sent)
	}
	if err != nil || strings.Contains(sent.String(), "localhost") {
		t.Errorf("the message: %v", err)
	}
}
