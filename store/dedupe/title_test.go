package dedupe

import "testing"

func TestTitleKey(t *testing.T) {
	const link = "https://netflixtechblog.com/a"
	for title, want := range map[string]string{
		"How a Queue Keeps Its Order":                    "how a queue keeps its order",
		"Show HN: How a Queue Keeps Its Order":           "how a queue keeps its order",
		"How a queue keeps its order (2019) [pdf]":       "how a queue keeps its order",
		"[Updated] How a queue keeps its order":          "how a queue keeps its order",
		"How a queue keeps its order (updated)":          "how a queue keeps its order",
		"How a queue keeps its order | Netflix TechBlog": "how a queue keeps its order",
		"How a queue keeps its order – Medium":           "how a queue keeps its order",
		"How a queue keeps its order - DEV Community":    "how a queue keeps its order",
		"How a queue keeps its order (YC S19)":           "how a queue keeps its order",
		"HOW A QUEUE — KEEPS ITS ORDER!":                 "how a queue keeps its order",
		"Aspects - AOP":                                  "aspects aop", // the last part is not a site's name, so it belongs to the title
		"Aspects - JDBC":                                 "aspects jdbc",
		"Medium":                                         "medium", // at least one word remains
		"[pdf]":                                          "pdf",
		"(2019)":                                         "2019",
		"C# and C++ in 1.2.3":                            "c# and c++ in 1.2.3",
		"Don’t do it":                                    "dont do it",
		"Ｆｕｌｌ　ｗｉｄｔｈ":                                     "full width",
		"分布式系统":                                          "分 布 式 系 统",
		"":                                               "",
		"!!!":                                            "",
	} {
		if got := TitleKey(title, link); got != want {
			t.Errorf("TitleKey(%q) = %q, want %q", title, got, want)
		}
	}
}
