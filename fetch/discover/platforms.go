package discover

import (
	"net/url"
	"regexp"
	"strings"
)

// platformFeed is a feed whose address follows from that of a page.
type platformFeed struct{ address, platform string }

// channelID matches the ID of a YouTube channel, which its feed's address needs.
var channelID = regexp.MustCompile(`^UC[\w-]{22}$`)

// platformFeeds returns the feeds for a page of a known platform, the likeliest first; nil if the platform is not
// known, or if u looks like a feed itself.
func platformFeeds(u *url.URL) []platformFeed {
	host := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), "m.")
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if parts[0] == "" {
		parts = nil
	}
	part := func(n int) string {
		if n < len(parts) {
			return parts[n]
		}
		return ""
	}
	one := func(platform, address string) []platformFeed { return []platformFeed{{address, platform}} }
	switch {
	case feedPath.MatchString(u.Path):
		return nil
	case host == "youtube.com":
		return youTube(u, part)
	case host == "medium.com" && part(0) == "tag" && part(1) != "", host == "medium.com" && part(0) == "p":
		if part(0) == "p" {
			return nil
		}
		return one("Medium", "https://medium.com/feed/tag/"+part(1))
	case host == "medium.com" && part(0) != "":
		return one("Medium", "https://medium.com/feed/"+part(0))
	case strings.HasSuffix(host, ".medium.com"):
		return one("Medium", "https://"+host+"/feed")
	case strings.HasSuffix(host, ".substack.com"):
		return one("Substack", "https://"+host+"/feed")
	case host == "substack.com" && strings.HasPrefix(part(0), "@"):
		return one("Substack", "https://"+part(0)[1:]+".substack.com/feed")
	case host == "github.com":
		return gitHub(part)
	case host == "gitlab.com" && part(1) != "":
		return one("GitLab", "https://gitlab.com/"+part(0)+"/"+part(1)+"/-/releases.atom")
	case host == "reddit.com" || host == "old.reddit.com":
		return reddit(part)
	case host == "dev.to" && part(0) != "" && part(0) != "t":
		return one("DEV", "https://dev.to/feed/"+part(0))
	case host == "bsky.app" && part(0) == "profile" && part(1) != "":
		return one("Bluesky", "https://bsky.app/profile/"+part(1)+"/rss")
	case strings.HasPrefix(part(0), "@") && len(parts) == 1 && host != "youtube.com":
		return one("Mastodon", u.Scheme+"://"+u.Host+"/"+part(0)+".rss")
	case strings.HasSuffix(host, ".tumblr.com"):
		return one("Tumblr", "https://"+host+"/rss")
	case strings.HasSuffix(host, ".blogspot.com"):
		return one("Blogger", "https://"+host+"/feeds/posts/default")
	case strings.HasSuffix(host, ".wordpress.com"):
		return one("WordPress", "https://"+host+"/feed/")
	case host == "news.ycombinator.com":
		return one("Hacker News", "https://news.ycombinator.com/rss")
	case host == "lobste.rs" && part(0) == "t" && part(1) != "":
		return one("Lobsters", "https://lobste.rs/t/"+part(1)+".rss")
	}
	return nil
}

// youTube returns the feed of a channel, a user or a playlist. The page of a @handle declares its feed itself.
func youTube(u *url.URL, part func(int) string) []platformFeed {
	const videos = "https://www.youtube.com/feeds/videos.xml?"
	switch list := u.Query().Get("list"); {
	case part(0) == "channel" && channelID.MatchString(part(1)):
		return []platformFeed{{videos + "channel_id=" + part(1), "YouTube"}}
	case part(0) == "user" && part(1) != "":
		return []platformFeed{{videos + "user=" + url.QueryEscape(part(1)), "YouTube"}}
	case part(0) == "playlist" && list != "":
		return []platformFeed{{videos + "playlist_id=" + url.QueryEscape(list), "YouTube"}}
	}
	return nil
}

// gitHub returns the feed of what the address points to, or else those of the repository: releases, tags, commits.
func gitHub(part func(int) string) []platformFeed {
	owner, name := part(0), strings.TrimSuffix(part(1), ".git")
	repository := "https://github.com/" + owner + "/" + name
	switch {
	case owner == "" || owner == "topics" || owner == "features" || owner == "about":
		return nil
	case name == "":
		return []platformFeed{{"https://github.com/" + owner + ".atom", "GitHub"}}
	case part(2) == "commits" && part(3) != "":
		return []platformFeed{{repository + "/commits/" + part(3) + ".atom", "GitHub"}}
	case part(2) == "tags" || part(2) == "wiki" || part(2) == "commits" || part(2) == "discussions":
		return []platformFeed{{repository + "/" + part(2) + ".atom", "GitHub"}}
	}
	return []platformFeed{{repository + "/releases.atom", "GitHub"}, {repository + "/tags.atom", "GitHub"}, {repository + "/commits.atom", "GitHub"}}
}

// reddit returns the feed of a subreddit or a user, or else that of the front page.
func reddit(part func(int) string) []platformFeed {
	kind, name := part(0), part(1)
	if kind == "u" {
		kind = "user"
	}
	if (kind != "r" && kind != "user") || name == "" {
		return []platformFeed{{"https://www.reddit.com/.rss", "Reddit"}}
	}
	if kind == "r" && part(2) == "top" {
		return []platformFeed{{"https://www.reddit.com/r/" + name + "/top/.rss", "Reddit"}}
	}
	return []platformFeed{{"https://www.reddit.com/" + kind + "/" + name + "/.rss", "Reddit"}}
}
