package fetch

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/fetch/client"
)

const article = `<!DOCTYPE html><html lang="en"><head><title>How we moved the queue</title></head><body><article><h1>How we moved the queue</h1>
<p>The queue held eleven million jobs on the morning that its disk began to fail, and none of them could be lost.</p>
<p>We copied it while it ran, one shard after another, and let the workers read from both places until the copies agreed.</p>
</article></body></html>`

func TestReadArticle(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		html := func(body string) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, body)
		}
		switch r.URL.Path {
		case "/robots.txt":
			io.WriteString(w, "User-agent: *\nDisallow: /private\n")
		case "/short":
			http.Redirect(w, r, "/queue?utm=1", http.StatusFound)
		case "/sneaky":
			http.Redirect(w, r, "/private/queue", http.StatusFound)
		case "/refresh":
			html(`<html><head><META HTTP-EQUIV="Refresh" CONTENT="0; URL='/queue'"></head></html>`)
		case "/refresh-loop":
			html(`<html><head><meta http-equiv="refresh" content="0;url=/refresh-loop"></head></html>`)
		case "/refresh-inside":
			html(`<html><head><meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/"></head></html>`)
		case "/quiet":
			w.Header().Set("X-Robots-Tag", "noarchive, NoSnippet")
			html(article)
		case "/paper":
			w.Header().Set("Content-Type", "application/pdf")
			io.WriteString(w, "%PDF-1.7")
		case "/feed":
			w.Header().Set("Content-Type", "application/rss+xml")
			io.WriteString(w, feedBody)
		case "/untyped":
			w.Header()["Content-Type"] = nil
			io.WriteString(w, article)
		case "/cut":
			w.Header().Set("Content-Length", "100000")
			html(article)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			html(article)
		}
	})
	source := feedAt(s.URL + "/feed.xml")
	for _, test := range []struct {
		link, wantURL, wantErr string
		permanent              bool
	}{
		{"/queue", "/queue", "", false},
		{"/queue#comments", "/queue", "", false},
		{"/short", "/queue?utm=1", "", false},
		{"/refresh", "/queue", "", false},
		{"/untyped", "/untyped", "", false},
		{"/cut", "/cut", "", false},
		{"/private/queue", "", "robots.txt", true},
		{"/sneaky", "", "robots.txt", true},
		{"/refresh-inside", "", "loopback", true},
		{"/paper", "", "application/pdf", true},
		{"/feed", "", "not a web page", true},
		{"/gone", "", "410 Gone", true},
		{"/busy", "", "503 Service Unavailable", false},
	} {
		page, err := fetcher().ReadArticle(context.Background(), source, s.URL+test.link)
		if test.wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), test.wantErr) || client.IsPermanent(err) != test.permanent {
				t.Errorf("%s: %v, permanent %v", test.link, err, client.IsPermanent(err))
			}
			continue
		}
		if err != nil || strings.TrimPrefix(page.URL, s.URL) != test.wantURL || !strings.HasPrefix(page.Text, "The queue held eleven million jobs") {
			t.Errorf("%s: %+v, %v", test.link, page, err)
		}
	}
	if page, err := fetcher().ReadArticle(context.Background(), source, s.URL+"/refresh-loop"); err != nil || page.Text != "" {
		t.Errorf("a page that refreshes itself: %+v, %v", page, err)
	}
	if page, _ := fetcher().ReadArticle(context.Background(), source, s.URL+"/quiet"); !page.NoSnippet {
		t.Error("X-Robots-Tag: nosnippet is ignored")
	}
	for _, link := range []string{"javascript:alert(1)", "http://[::1]/", "https://reader:sesame@localhost/", "http://\x7f/", ""} {
		_, err := fetcher().ReadArticle(context.Background(), broadsheet.Source{URL: s.URL}, link)
		if !client.IsPermanent(err) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: %v", link, err)
		}
	}
}
