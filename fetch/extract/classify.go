package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// role is what an element says of itself: that what it holds is not the article's text.
type role uint8

const (
	unmarked  role = iota
	credit         // the author, the date: not the text, and the text comes after it
	header         // the head of a page or an article: titles, standfirst, credit
	chrome         // ways, pleas, adverts, captions; some sites wrap their text in such an element all the same
	others         // other people's words, other articles: comments, related
	concealed      // not shown
)

// tagMarks says what an element's name, and role what its role, means.
var (
	tagMarks = map[atom.Atom]role{
		atom.Nav: chrome, atom.Aside: chrome, atom.Footer: chrome, atom.Form: chrome, atom.Menu: chrome, atom.Figure: chrome,
		atom.Fieldset: chrome, atom.Address: credit, atom.Time: credit, atom.Header: header, atom.Hgroup: header, atom.Details: chrome,
	}
	roleMarks = map[string]role{
		"navigation": chrome, "banner": header, "complementary": chrome, "contentinfo": chrome, "search": chrome, "dialog": chrome,
		"alertdialog": chrome, "alert": chrome, "menu": chrome, "menubar": chrome, "toolbar": chrome, "tooltip": concealed, "doc-toc": chrome,
		"doc-endnotes": others, "form": chrome, "tablist": chrome,
	}
)

// classMarks says what a part of a class or id, between hyphens, underscores and humps, means.
var classMarks = listed(map[role]string{
	credit: `byline bylines author authors authored dateline pubdate postdate timestamp datetime posted contributor contributors
		meta postmeta metadata entrymeta readingtime readtime published avatar autor auteur autore datum fecha`,
	header: `summary excerpt synopsis description`,
	chrome: `nav navbar navigation navigator menu submenu menubar sidebar breadcrumb breadcrumbs crumb crumbs footer topbar toolbar masthead
		share sharing shares sharebar sharedaddy addthis addtoany social socials follow
		promo promos promotion promoted ad ads advert adverts advertisement advertising adslot adsense sponsor sponsored sponsors dfp
		newsletter newsletters subscribe subscription signup optin mailchimp cta paywall regwall piano
		cookie cookies consent gdpr ccpa onetrust popup modal overlay lightbox toast snackbar
		toc tableofcontents jumplinks
		caption captions figcaption credit credits photocredit thumbnail slideshow gallery carousel slider
		tags taglist tagcloud categories pagination pager paging postnav prevnext
		rating ratings print noprint login signin disclaimer disclosure affiliate
		bio authorbio biography authorbox infobox hatnote ambox navbox vcard sitesub mbox factbox
		pullquote pullquotes pull audio player podcast listen
		syntaxhighlighter crayon codemirror gist lntable rouge editsection translations languages
		kicker eyebrow deck dek standfirst subhead subheadline subtitle tagline
		skip skiplink banner announcement storyhighlights keypoints
		werbung anzeige publicidad publicidade publicite teilen compartir partager condividi bildunterschrift bildtext legende legenda
		didascalia piefoto fotocredit chapo chapeau sapo`,
	others: `comment comments commentlist commentary disqus respond responses discourse utterances giscus webmention webmentions replies trackbacks pingbacks
		related relatedposts recommend recommended recommendation recommendations recirc recirculation outbrain taboola trending popular mostread
		kommentare kommentar comentarios comentario commentaires commentaire commenti relacionadas relacionados relacionada verwandte
		readnext upnext morefrom seealso teaser teasers footnotes endnotes references reflist`,
	concealed: `offscreen noscript`,
})

// exactMarks says what a whole class means whose parts mean nothing.
var exactMarks = map[string]role{
	"widget": chrome, "widget-area": chrome, "widgets": chrome, "header": header, "page-header": header, "site-header": header, "hero": header,
	"entry-header": header, "post-header": header, "article-header": header, "article__header": header, "post__header": header,
	"article-head": header, "story-header": header,
}

// textNames are classes, ids and microdata that blog programs give the element that holds an article's text.
var textNames = strings.Fields(`articlebody entrycontent postcontent articlecontent storybody postbody entrybody storycontent markdownbody
	articletext posttext storytext richtext econtent blogpostcontent blogcontent bodycontent contentbody maincontent pagecontent
	mwparseroutput mwcontenttext postfull singlecontent contententry blogpost postarticle articlemain articlecopy bodycopy tdpostcontent prose
	postcontentbody posttext articlebodytext paragraphsfull sectioncontent postbodycontent`)

func listed(lists map[role]string) map[string]role {
	of := map[string]role{}
	for m, list := range lists {
		for _, w := range strings.Fields(list) {
			of[w] = m
		}
	}
	return of
}

// roleOf gives what an element says of itself.
func roleOf(n *html.Node) role {
	if unseen(n) {
		return concealed
	}
	m := tagMarks[n.DataAtom]
	for _, a := range n.Attr {
		switch a.Key {
		case "role":
			m = max(m, roleMarks[a.Val])
		case "class", "id":
			m = max(m, roleOfName(a.Val))
		case "itemprop", "rel":
			if a.Val == "author" || a.Val == "datePublished" {
				m = max(m, credit)
			}
		case "data-nosnippet":
			return concealed
		}
	}
	return m
}

// roleOfName gives what classes or an id mean.
func roleOfName(names string) (m role) {
	for name := range strings.FieldsSeq(names) {
		if strings.ContainsAny(name, ":[/") || len(name) > 60 || labels(name) { // utility classes tell of looks
			continue
		}
		if at := strings.Index(name, "--"); at > 0 && labels(strings.TrimLeft(name[at:], "-")) {
			name = name[:at]
		}
		m = max(m, exactMarks[name], classMarks[squeeze(name)])
		parts(name, func(part string) bool { m = max(m, classMarks[part]); return m == concealed })
	}
	return m
}

// labels tells whether a class says of an element what else there is, or what its article is about.
func labels(name string) bool {
	for _, begin := range []string{"has-", "no-", "with-", "without-", "tag-", "category-", "has_", "with_", "post-type", "sidebar-"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return strings.HasSuffix(name, "-left") || strings.HasSuffix(name, "-right") || strings.Contains(name, "-with-") || strings.Contains(name, "_with_")
}

// parts calls each with the lower-case parts of a class name, between hyphens, underscores and humps, until it says stop.
func parts(name string, each func(string) bool) bool {
	start := 0
	for i := 0; i <= len(name); i++ {
		end := i == len(name) || name[i] == '-' || name[i] == '_'
		hump := !end && i > start && name[i] >= 'A' && name[i] <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z'
		if !end && !hump {
			continue
		}
		if i > start && each(strings.ToLower(name[start:i])) {
			return true
		}
		start = i
		if end {
			start++
		}
	}
	return false
}

// squeeze takes the marks that part words out of a class name.
func squeeze(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == '-' || r == '_' {
			return -1
		}
		return r
	}, name))
}

// unseen tells whether an element is not shown to readers who see.
func unseen(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return a.Val != "until-found"
		case "aria-hidden":
			if a.Val == "true" {
				return true
			}
		case "style":
			if style := strings.ReplaceAll(strings.ToLower(a.Val), " ", ""); strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") {
				return true
			}
		case "class":
			if offScreen(a.Val) {
				return true
			}
		}
	}
	return false
}

// offScreen tells whether classes take an element out of sight.
func offScreen(class string) bool {
	if !strings.Contains(class, "hid") && !strings.Contains(class, "sr-") && !strings.Contains(class, "screen") && !strings.Contains(class, "none") {
		return false
	}
	gone, back := false, false
	for c := range strings.FieldsSeq(class) {
		switch c {
		case "hidden", "hide", "d-none", "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only", "element-invisible", "u-hidden", "is-hidden", "invisible":
			gone = true
		}
		back = back || strings.HasSuffix(c, ":block") || strings.HasSuffix(c, ":flex") || strings.HasSuffix(c, ":grid") || strings.HasSuffix(c, "-block") || strings.HasSuffix(c, "-flex")
	}
	return gone && !back
}

// contentHint says how sure an element's name, class or microdata makes that it holds an article's text.
type contentHint uint8

const (
	nameless contentHint = iota
	perhaps              // an article or main element: of teasers and sidebars too
	sure                 // a class or microdata that names the text itself
)

// contentHintOf tells whether an element says that it holds an article's text.
func contentHintOf(n *html.Node) (s contentHint) {
	switch n.DataAtom {
	case atom.Article, atom.Main:
		s = perhaps
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "itemprop":
			if strings.EqualFold(a.Val, "articleBody") {
				return sure
			}
		case "role":
			if a.Val == "main" || a.Val == "article" {
				s = max(s, perhaps)
			}
		case "class", "id":
			for class := range strings.FieldsSeq(a.Val) {
				if c := squeeze(class); namesText(c) {
					return sure
				} else if c == "content" || c == "post" || c == "entry" {
					s = max(s, perhaps)
				}
			}
		}
	}
	return s
}

func namesText(class string) bool {
	for _, t := range textNames {
		if strings.HasPrefix(class, t) {
			return true
		}
	}
	return false
}
