package link

import "testing"

func TestKey_SpellingsOfOneAddress(t *testing.T) {
	for key, links := range map[string][]string{
		"example.com/blog/post": {
			"https://example.com/blog/post", "http://example.com/blog/post", "HTTPS://WWW.Example.COM/blog/post",
			"https://example.com:443/blog/post", "http://example.com:80/blog/post/", "https://user:pw@example.com/blog/post",
			"//example.com/blog/post", "  https://example.com/blog/post\n", "https://example.com/blog//post///",
			"https://example.com/blog/./x/../post", "https://example.com/%62log/p%6Fst", `https://example.com\blog\post`,
			"https://example.com./blog/post", "https://m.example.com/blog/post", "https://www.m.example.com/blog/post",
			"https://mobile.example.com/blog/post", "https://amp.example.com/blog/post", "https://example.com/amp/blog/post",
			"https://example.com/blog/post/amp", "https://example.com/blog/post/amp/", "https://example.com/blog/post.amp",
			"https://example.com/blog/post/index.html", "https://example.com/blog/post/index.php", "https://example.com/blog/post/Default.aspx",
			"https://example.com/blog/post#comments", "https://example.com/blog/post#:~:text=the", "https://example.com/blog/post#",
			"https://example.com/blog/post?", "https://example.com/blog/post?&", "https://example.com/blog/post;jsessionid=A1B2",
			"https://example.com/blog/post?utm_source=rss&utm_medium=feed", "https://example.com/blog/post?UTM_Source=x",
			"https://example.com/blog/post?fbclid=x&gclid=y", "https://example.com/blog/post?ref=rss", "https://example.com/blog/post?ref=hackernoon.com",
			"https://example.com/blog/post?source=rss----abc---4", "https://example.com/blog/post?source=friends_link&sk=0a",
			"https://example.com/blog/post?amp=1", "https://example.com/blog/post?amp", "https://example.com/blog/post?m=1",
			"https://example.com/blog/post?via=rss&feed=rss&src=rss", "https://example.com/blog/post?wt_mc=rss&CMP=share_btn_tw",
			"https://example.com/blog/post?sc_channel=el&trk=feed&mkt_tok=x&mc_cid=a&mc_eid=b", "https://exa\tmple.com/blog/post",
			"https://www.google.com/url?sa=t&q=https%3A%2F%2Fexample.com%2Fblog%2Fpost&usg=AOv",
			"https://www.google.com/url?rct=j&url=https://example.com/blog/post&ct=ga",
			"https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fblog%2Fpost%3Ffbclid%3Dx&h=AT0",
			"https://t.umblr.com/redirect?z=https%3A%2F%2Fexample.com%2Fblog%2Fpost&t=x",
			"https://out.reddit.com/t3_abc?url=https%3A%2F%2Fexample.com%2Fblog%2Fpost&token=x",
			"https://medium.com/m/global-identity-2?redirectUrl=https%3A%2F%2Fexample.com%2Fblog%2Fpost",
			"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fblog%2Fpost&data=x",
			"https://www.google.com/amp/s/example.com/blog/post/amp", "https://example-com.cdn.ampproject.org/c/s/example.com/blog/post",
			"https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.com%252Fblog%252Fpost",
		},
		"example.com/p?a=1&b=2":        {"https://example.com/p?b=2&a=1", "https://example.com/p/?a=1&b=2&a=1&utm_id=3", "https://example.com/p?a=%31&b=2"},
		"example.com?p=1001":           {"https://example.com/?p=1001", "https://example.com/index.php?p=1001", "https://www.example.com?p=1001&ref=rss"},
		"example.com#/post/7":          {"https://example.com/#/post/7", "http://www.example.com/#/post/7/", "https://example.com/index.html#/post/7"},
		"example.com#!post/7":          {"https://example.com/#!post/7"},
		"example.com:8080/x":           {"http://example.com:8080/x/"},
		"example.com/a%2Fb":            {"https://example.com/a%2fb"},
		"example.com/%25":              {"https://example.com/%25", "https://example.com/%"},
		"example.com/é":                {"https://example.com/%C3%A9", "https://example.com/é", "https://example.com/e%CC%81"},
		"xn--bcher-kva.example/x":      {"https://bücher.example/x", "https://BÜCHER.example/x", "https://xn--bcher-kva.example/x"},
		"medium.com/p/0123456789ab":    {"https://medium.com/@x/a-title-0123456789ab", "https://medium.com/p/0123456789ab?source=rss", "https://x.medium.com/other-0123456789ab"},
		"youtube.com/watch?v=dQw4w9Wg": {"https://youtu.be/dQw4w9Wg?si=x", "https://m.youtube.com/watch?v=dQw4w9Wg&t=42", "https://www.youtube.com/watch?feature=youtu.be&v=dQw4w9Wg"},
		"en.wikipedia.org/wiki/RSS":    {"https://en.wikipedia.org/wiki/RSS", "https://en.m.wikipedia.org/wiki/RSS"},
		"[::1]/x":                      {"http://[::1]/x", "http://[::1]:80/x"},
		"": {
			"", "x", "mailto:a@example.com", "ftp://example.com/x", "https://", "https:///x", "https://example.com", "https://www.example.com/",
			"https://example.com/index.html?utm_source=rss#top", "https://a b.example/x", "https://example.com:port/x", "javascript:alert(1)",
		},
	} {
		for _, link := range links {
			if got := Key(link); got != key {
				t.Errorf("Key(%q) = %q, want %q", link, got, key)
			}
		}
	}
}

func TestKey_DifferentArticles(t *testing.T) {
	for _, pair := range [][2]string{
		{"https://example.com/?p=1", "https://example.com/?p=2"},
		{"https://example.com/#/post/1", "https://example.com/#/post/2"},
		{"https://example.com/a", "https://example.com/A"},
		{"https://example.com/a", "https://blog.example.com/a"},
		{"http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a"},
		{"https://example.com/index", "https://example.com/"},
		{"https://example.com/search?s=web", "https://example.com/search?s=mobile"},
		{"https://example.com/x?from=2020", "https://example.com/x?from=2021"},
		{"https://example.com/a/b", "https://example.com/a%2Fb"},
		{"https://amp.dev/x", "https://dev/x"},
		{"https://m.co.uk/x", "https://co.uk/x"},
		{"https://medium.com/@x/abcdefabcdef", "https://medium.com/@y/abcdefabcdef"},
		{"https://example.com/camp", "https://example.com/c"},
		{"https://example.com/url?q=https://a.example/x", "https://a.example/x"},
		{"https://youtube.com/watch?v=a", "https://youtube.com/watch?v=b"},
	} {
		if a, b := Key(pair[0]), Key(pair[1]); a == b {
			t.Errorf("%q and %q share the key %q", pair[0], pair[1], a)
		}
	}
}

// FuzzKey checks that the key of a key's address is the key itself.
func FuzzKey(f *testing.F) {
	for _, s := range []string{
		"https://www.example.com/a//b/../c/index.html?b=2&a=1&utm_source=x#/y", "https://google.com/url?q=https://example.com/%25",
		"http://bücher.example/e%CC%81/%FE%CC%81", "https://example.com/amp/amp/x.amp.amp", "https://youtu.be/a?b#!c",
		"//l.facebook.com?u=//x", "https://a.cdn.ampproject.org/c/s/https:/x.y/z", "https://medium.com/p/0123456789ab", "https://www.www.m.a.b/;jsessionid=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, link string) {
		key := Key(link)
		if key == "" {
			return
		}
		if again := Key("https://" + key); again != key {
			t.Errorf("%q has the key %q, and that has the key %q", link, key, again)
		}
	})
}

func BenchmarkKey(b *testing.B) {
	for name, link := range map[string]string{
		"plain": "https://www.example.com/blog/2024/05/how-we-built-the-thing/",
		"query": "https://www.example.com/blog/2024/05/how-we-built-the-thing/?utm_source=rss&utm_medium=feed&id=7",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Key(link)
			}
		})
	}
}
