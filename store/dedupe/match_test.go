package dedupe

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// essay returns n words: the same for the same seed, and without a shingle in common for two seeds.
func essay(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 7))
	words := make([]string, n)
	for i := range words {
		words[i] = vocabulary[r.IntN(len(vocabulary))]
		if i%12 == 11 {
			words[i] += "."
		}
	}
	return strings.Join(words, " ")
}

var vocabulary = strings.Fields(`queue cache shard replica leader follower log index page disk clock lock node cluster deploy rollback
	metric trace alert request latency throughput batch stream event worker thread memory schema query table column tenant region
	network packet socket proxy gateway token session user order payment cart search rank model feature sample test build release
	team week night morning question answer mistake lesson budget promise review design draft number graph tree stack heap`)

// edited replaces every n-th word of a text.
func edited(text string, n int) string {
	words := strings.Fields(text)
	for i := n / 2; i < len(words); i += n {
		words[i] = "rather"
	}
	return strings.Join(words, " ")
}

// opening returns the first words of a text.
func opening(text string, words int) string { return strings.Join(strings.Fields(text)[:words], " ") }

// preamble is an introduction that several articles of a series share.
const preamble = `This post is part of a series in which we tell how our teams build what they run and run what they build. Those who are new
	to it may want to begin with the first one, where we say why we set out at all and what we hoped for, and then come back here. As
	ever we are glad of questions, corrections and doubts, by mail or on the list, and the code that we speak of is in our repository.`

// testArticle is an article as the tests write it; date is YYYY-MM-DD, or empty for an unknown one.
type testArticle struct {
	link, title, text, date string
}

func (t testArticle) fingerprint() Fingerprint {
	at, _ := time.Parse(time.DateOnly, t.date)
	return NewFingerprint(t.link, t.title, t.text, at)
}

const (
	blogPost = "https://eng.example.com/blog/queues"
	theTitle = "How a Queue Keeps Its Order"
)

func TestSameText_Copies(t *testing.T) {
	text := essay(1, 300)
	original := testArticle{blogPost, theTitle, text, "2024-03-01"}
	for name, copied := range map[string]testArticle{
		"unchanged":                        original,
		"on a platform":                    {"https://medium.com/@ann/a-0123456789ab", theTitle, text, "2024-03-01"},
		"on a platform, weeks later":       {"https://medium.com/@ann/a-0123456789ab", theTitle, "This article first stood on our blog. " + text, "2024-05-01"},
		"with a preface":                   {"https://blog.company.example/q", theTitle, "This article was first published elsewhere on March 3. " + text, "2024-03-02"},
		"with a note of an update":         {blogPost + "-updated", theTitle, "Update: some readers found a mistake in the second part, which is mended now. " + text, "2024-03-01"},
		"with a short quotation before it": {"https://planet.example/q", theTitle, "“" + opening(text, 9) + "” " + text, "2024-03-01"},
		"cut off":                          {"https://planet.example/r/1", theTitle, opening(text, 50) + " […] Continue reading →", "2024-03-01"},
		"edited in places":                 {blogPost + "-2", theTitle, edited(text, 30), "2024-03-01"},
		"with the site's name":             {"https://planet.example/2", theTitle + " | Engineering Blog", text, ""},
		"with a remark":                    {"https://planet.example/2", "[Updated] " + theTitle, text, ""},
		"in capitals, cut off":             {"https://planet.example/2", strings.ToUpper(theTitle), opening(text, 45), ""},
		"as a submission":                  {"https://news.example/2", "Show HN: " + theTitle + " (2019) [pdf]", opening(text, 60), ""},
		"under another title":              {"https://eng.example.com/blog/inside", "Inside our message bus", text, "2024-03-01"},
		"under another title elsewhere":    {"https://other.example/b", "What we know about ordering", text, "2024-06-01"},
	} {
		e, ok := SameText(original.fingerprint(), copied.fingerprint(), nil)
		if !ok {
			t.Errorf("%s: not recognised; %+v", name, e)
		}
		if again, same := SameText(copied.fingerprint(), original.fingerprint(), nil); same != ok || again != e {
			t.Errorf("%s: not symmetric: %+v and %+v", name, e, again)
		}
		if ok && (e.Rule == "" || e.Score <= 0 || e.Score > 1 || e.Detail == "") {
			t.Errorf("%s: incomplete evidence: %+v", name, e)
		}
	}
}

func TestSameText_DifferentWorks(t *testing.T) {
	text, other := essay(1, 300), essay(2, 300)
	release := func(v string) string {
		return fmt.Sprintf("We are happy to tell of lib %s. It can be had from the download page and all registries. %s Thanks to all who made %s.", v, essay(3, 90), v)
	}
	on := func(link, title, text string) testArticle {
		return testArticle{"https://eng.example.com/" + link, title, text, ""}
	}
	for name, pair := range map[string][2]testArticle{
		"a series with a preamble":             {on("1", "Queues at Home, Part 1", preamble+" "+text), on("2", "Queues at Home, Part 2", preamble+" "+other)},
		"a series of which only that is known": {on("1", "Queues at Home — Part III", preamble), on("2", "Queues at Home — Part IV", preamble)},
		"a series, numbered by words":          {on("1", "Queues, part one", text), on("2", "Queues, part two", text)},
		"a series, without numbers":            {on("1", "Queues at Home: Writing", preamble+" "+essay(4, 20)), on("2", "Queues at Home: Reading", preamble+" "+essay(5, 20))},
		"issues of a newsletter":               {on("1", "State of Backend #1", preamble+" "+text), on("2", "State of Backend #2", preamble+" "+other)},
		"release notes":                        {on("1", "lib 1.4.0 released", release("1.4.0")), on("2", "lib 1.4.1 released", release("1.4.1"))},
		"versions, in different titles":        {on("1", "Announcing lib v2", release("2")), on("2", "lib v3 is here", release("3"))},
		"months":                               {on("1", "Links for January", text), on("2", "Links for February", text)},
		"years":                                {on("1", "The year in review 2023", text), on("2", "The year in review (2024)", text)},
		"two languages":                        {on("1", "Unit Tests in C#", text), on("2", "Unit Tests in F#", text)},
		"C and C++":                            {on("1", "Faster loops in C", text), on("2", "Faster loops in C++", text)},
		"two places":                           {on("1", "Meetup in Berlin", text), on("2", "Meetup in Rome", text)},
		"a generic title":                      {on("1", "Weekly update", text), on("2", "Weekly update", other)},
		"a generic title on two sites":         {on("1", "Hello world", text), {"https://other.example/1", "Hello world", other, ""}},
		"no text but boilerplate":              {on("1", "Queues", "Read the full story on our blog."), on("2", "Caches", "Read the full story on our blog.")},
		"the same title and no text":           {on("1", "Links", ""), on("2", "Links", "")},
		"a yearly edition": {
			{"https://eng.example.com/2023/review", "Engineering year in review", "Every December we look back at what we shipped. " + text, ""},
			{"https://eng.example.com/2024/review", "Engineering year in review", "Every December we look back at what we shipped. " + other, ""}},
		"this year's call and last year's": {
			{"https://eng.example.com/2023/grants", "Travel grants", text, "2023-05-01"}, {"https://eng.example.com/2024/grants", "Travel grants", edited(text, 25), "2024-05-02"}},
		"two entries of one database": {on("ads/61707656", "Flat with a garden", text), on("ads/61708266", "Flat with a garden", text)},
		"a newsletter that quotes": {on("1", theTitle, text),
			{"https://letter.example/1", "Worth reading: " + theTitle, "“" + opening(text, 45) + " …” " + essay(9, 150), ""}},
		"a newsletter that quotes under the title": {on("1", theTitle, text),
			{"https://letter.example/1", theTitle, "“" + opening(text, 45) + " …” " + essay(9, 150), ""}},
		"a newsletter that quotes at length": {on("1", theTitle, text),
			{"https://letter.example/1", theTitle, "“" + opening(text, 280) + " …” " + essay(9, 60), ""}},
		"a summary copied from another article": {
			{"https://eng.example.com/1", "Fraud on a stream - Part 1", essay(8, 90), "2023-08-10"}, {"https://eng.example.com/2", "Getting started on a cloud - Part 1", essay(8, 90), "2023-08-17"}},
	} {
		if e, ok := SameText(pair[0].fingerprint(), pair[1].fingerprint(), nil); ok {
			t.Errorf("%s: %+v", name, e)
		}
		if e, ok := SameText(pair[1].fingerprint(), pair[0].fingerprint(), nil); ok {
			t.Errorf("%s, in reverse order: %+v", name, e)
		}
	}
}

func TestSameText_IgnoresCommonShingles(t *testing.T) {
	template := essay(1, 110)
	a := testArticle{"https://eng.example.com/1", "Weekly update", template + " " + essay(2, 40), ""}.fingerprint()
	b := testArticle{"https://eng.example.com/2", "Weekly update", template + " " + essay(3, 40), ""}.fingerprint()
	if _, ok := SameText(a, b, nil); !ok {
		t.Fatal("two articles from one template are not taken for one while no shingles are common")
	}
	common := map[uint32]bool{}
	for _, x := range ShingleText(template) {
		common[x] = true
	}
	if e, ok := SameText(a, b, func(x uint32) bool { return common[x] }); ok {
		t.Errorf("%+v", e)
	}
}

func TestSameAddress(t *testing.T) {
	text := essay(1, 200)
	at := func(title, text string) Fingerprint { return testArticle{blogPost, title, text, ""}.fingerprint() }
	for name, c := range map[string]struct {
		a, b Fingerprint
		want bool
	}{
		"the same title":                  {at(theTitle, ""), at(theTitle, text), true},
		"half of the title":               {at("How a queue keeps order in time", ""), at(theTitle, text), true},
		"the same text":                   {at("Inside", text), at(theTitle, text), true},
		"neither":                         {at("Inside", essay(2, 200)), at(theTitle, text), false},
		"the same title, another text":    {at(theTitle, essay(2, 200)), at(theTitle, text), false},
		"different numbers in the titles": {at("Queues, part 1", text), at("Queues, part 2", text), false},
		"nothing is known":                {at("", ""), at("", ""), false},
	} {
		if e, ok := SameAddress(c.a, c.b); ok != c.want {
			t.Errorf("%s: %v, %+v", name, ok, e)
		}
	}
}

func TestSameText_TextFromOtherSource(t *testing.T) {
	text := essay(1, 300)
	a, b := testArticle{blogPost, theTitle, text, ""}.fingerprint(), testArticle{"https://other.example/x", "You have won", text, ""}.fingerprint()
	if _, ok := SameText(a, b, nil); !ok {
		t.Fatal("two titles on two sites, one text: not recognised")
	}
	b.FromOtherSource = true
	if e, ok := SameText(a, b, nil); ok {
		t.Errorf("the text of another source made one story of two titles: %+v", e)
	}
}

func TestSameText_ScriptsWithoutSpaces(t *testing.T) {
	chinese := "主从复制这种架构有如下的好处数据备份数据恢复读写分离下面我们就一一实践实际应用中我们肯定是多服务器部署就在一台机器上实践了第一步我们把文件夹放在两个盘里模拟放在多服务器上第二步启动盘上的程序把该数据库指定为主数据库其实命令很简单"
	thai := "ระบบกระจายข้อมูลที่ทำงานบนเครื่องหลายเครื่องพร้อมกันต้องรักษาลำดับของคำสั่งให้ถูกต้องเสมอแม้ว่าเครือข่ายจะล่าช้าหรือเครื่องบางเครื่องจะหยุดทำงานไปชั่วคราวเราจึงต้องออกแบบอย่างระมัดระวังและทดสอบทุกกรณีที่อาจเกิดขึ้นได้จริงในการใช้งานประจำวัน"
	for _, text := range []string{chinese, thai} {
		a := testArticle{"https://a.example/1", "一", text, ""}.fingerprint()
		b := testArticle{"https://b.example/1", "一", text[:len(text)/2/3*3], ""}.fingerprint()
		if e, ok := SameText(a, b, nil); !ok {
			t.Errorf("%s…: %d shingles: %+v", text[:12], len(a.Shingles), e)
		}
	}
}

// FuzzFingerprint checks that shingles are bounded, unique and independent of white space, that SameText is symmetric,
// and that a title's key has a key.
func FuzzFingerprint(f *testing.F) {
	f.Add("One fine day, the queue kept its order.", "主从复制")
	f.Add("’’’\xff\xfe", strings.Repeat("ก", 99))
	f.Fuzz(func(t *testing.T, a, b string) {
		p := ShingleText(a)
		if len(p) > 4*maxWords {
			t.Errorf("%d shingles", len(p))
		}
		seen := map[uint32]bool{}
		for _, x := range p {
			if seen[x] {
				t.Errorf("shingle %d occurs twice", x)
			}
			seen[x] = true
		}
		if q := ShingleText("  " + strings.ReplaceAll(a, " ", "  ") + " !"); fmt.Sprint(p) != fmt.Sprint(q) {
			t.Errorf("white space changes the shingles of %q", a)
		}
		x, y := NewFingerprint(blogPost, a, b, time.Time{}), NewFingerprint(blogPost, b, a, time.Time{})
		e, ok := SameText(x, y, nil)
		if f, same := SameText(y, x, nil); same != ok || f != e {
			t.Errorf("not symmetric: %+v, %+v", e, f)
		}
		if key := TitleKey(a, blogPost); TitleKey(key, blogPost) == "" && key != "" {
			t.Errorf("the key %q of %q has no key", key, a)
		}
	})
}

func BenchmarkNewFingerprint(b *testing.B) {
	text := essay(1, 500)
	b.ReportAllocs()
	for b.Loop() {
		NewFingerprint(blogPost, theTitle+" | Engineering Blog", text, time.Time{})
	}
}

func BenchmarkSameText(b *testing.B) {
	x, y := testArticle{blogPost, theTitle, essay(1, 500), ""}.fingerprint(), testArticle{blogPost + "2", theTitle, edited(essay(1, 500), 30), ""}.fingerprint()
	for b.Loop() {
		SameText(x, y, nil)
	}
}
