package discover

import (
	"net/url"
	"testing"
)

func TestPlatformFeeds(t *testing.T) {
	for page, want := range map[string]string{
		"https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv/videos": "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv",
		"https://youtube.com/playlist?list=PL1&x=2":                       "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
		"https://www.youtube.com/user/GoogleDevelopers":                   "https://www.youtube.com/feeds/videos.xml?user=GoogleDevelopers",
		"https://www.youtube.com/@somebody":                               "", // its page declares its feed
		"https://medium.com/netflix-techblog":                             "https://medium.com/feed/netflix-techblog",
		"https://medium.com/@someone/a-story-1a2b3c":                      "https://medium.com/feed/@someone",
		"https://medium.com/tag/kafka":                                    "https://medium.com/feed/tag/kafka",
		"https://someone.medium.com/a-story":                              "https://someone.medium.com/feed",
		"https://medium.com/feed/@someone":                                "", // it is a feed itself
		"https://letters.substack.com/p/first":                            "https://letters.substack.com/feed",
		"https://substack.com/@letters":                                   "https://letters.substack.com/feed",
		"https://github.com/valkey-io/valkey":                             "https://github.com/valkey-io/valkey/releases.atom",
		"https://github.com/valkey-io/valkey.git":                         "https://github.com/valkey-io/valkey/releases.atom",
		"https://github.com/valkey-io/valkey/tags":                        "https://github.com/valkey-io/valkey/tags.atom",
		"https://github.com/valkey-io/valkey/commits/main":                "https://github.com/valkey-io/valkey/commits/main.atom",
		"https://github.com/valkey-io/valkey/issues/1":                    "https://github.com/valkey-io/valkey/releases.atom",
		"https://old.reddit.com/r/databases/":                             "https://www.reddit.com/r/databases/.rss",
		"https://www.reddit.com/u/somebody":                               "https://www.reddit.com/user/somebody/.rss",
		"https://dev.to/somebody/a-post":                                  "https://dev.to/feed/somebody",
		"https://hachyderm.io/@somebody":                                  "https://hachyderm.io/@somebody.rss",
		"https://notes.blogspot.com/2020/01/x.html":                       "https://notes.blogspot.com/feeds/posts/default",
		"https://example.com/blog":                                        "",
		"https://notmedium.com/x":                                         "",
	} {
		u, err := url.Parse(page)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if all := platformFeeds(u); len(all) > 0 {
			got = all[0].address
		}
		if got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}
