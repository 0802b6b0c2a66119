package extract

import (
	"iter"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// role says why the text in an element is not the article's, as far as its tag and attributes tell. A higher one prevails.
type role uint8

const (
	noRole      role = iota
	byline           // the author or the date: not the text, but the text follows it
	header           // the head of a page or an article: titles, summary, byline
	boilerplate      // navigation, calls to action, advertisements, captions; some sites wrap their text in it all the same
	otherText        // text by others, or of other articles: comments, related articles
	hidden           // not shown
)

var (
	rolesByTag = map[atom.Atom]role{
		atom.Nav: boilerplate, atom.Aside: boilerplate, atom.Footer: boilerplate, atom.Form: boilerplate, atom.Menu: boilerplate,
		atom.Figure: boilerplate, atom.Fieldset: boilerplate, atom.Address: byline, atom.Time: byline, atom.Header: header,
		atom.Hgroup: header, atom.Details: boilerplate,
	}
	rolesByARIA = map[string]role{ // by the value of the role attribute
		"navigation": boilerplate, "banner": header, "complementary": boilerplate, "contentinfo": boilerplate,
		"search": boilerplate, "dialog": boilerplate, "alertdialog": boilerplate, "alert": boilerplate, "menu": boilerplate,
		"menubar": boilerplate, "toolbar": boilerplate, "tooltip": hidden, "doc-toc": boilerplate, "doc-endnotes": otherText,
		"form": boilerplate, "tablist": boilerplate,
	}
)

// rolesByWord has the roles by a word of a class or id: "share" of "share-bar", "share_bar" or "shareBar". A class
// without its separators is looked up too.
var rolesByWord = byWord(map[role]string{
	byline: `byline bylines author authors authored dateline pubdate postdate timestamp datetime posted contributor contributors
		meta postmeta metadata entrymeta readingtime readtime published avatar autor auteur autore datum fecha`,
	header: `summary excerpt synopsis description`,
	boilerplate: `nav navbar navigation navigator menu submenu menubar sidebar breadcrumb breadcrumbs crumb crumbs footer topbar toolbar masthead
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
	otherText: `comment comments commentlist commentary disqus respond responses discourse utterances giscus webmention webmentions replies trackbacks pingbacks
		related relatedposts recommend recommended recommendation recommendations recirc recirculation outbrain taboola trending popular mostread
		kommentare kommentar comentarios comentario commentaires commentaire commenti relacionadas relacionados relacionada verwandte
		readnext upnext morefrom seealso teaser teasers footnotes endnotes references reflist`,
	hidden: `offscreen noscript`,
})

// rolesByClass has the roles by a whole class or id, where its words alone have none.
var rolesByClass = map[string]role{
	"widget": boilerplate, "widget-area": boilerplate, "widgets": boilerplate, "header": header, "page-header": header,
	"site-header": header, "hero": header, "entry-header": header, "post-header": header, "article-header": header,
	"article__header": header, "post__header": header, "article-head": header, "story-header": header,
}

// contentClasses are the beginnings of classes and ids that blog programs give the element with an article's text,
// without separators.
var contentClasses = strings.Fields(`articlebody entrycontent postcontent articlecontent storybody postbody entrybody storycontent markdownbody
	articletext posttext storytext richtext econtent blogpostcontent blogcontent bodycontent contentbody maincontent pagecontent
	mwparseroutput mwcontenttext postfull singlecontent contententry blogpost postarticle articlemain articlecopy bodycopy tdpostcontent prose
	postcontentbody posttext articlebodytext paragraphsfull sectioncontent postbodycontent`)

// byWord turns lists of words by role into the roles by word.
func byWord(lists map[role]string) map[string]role {
	roles := map[string]role{}
	for r, list := range lists {
		for word := range strings.FieldsSeq(list) {
			roles[word] = r
		}
	}
	return roles
}

// roleOf returns the role of an element by its tag and attributes.
func roleOf(n *html.Node) role {
	if isHidden(n) {
		return hidden
	}
	r := rolesByTag[n.DataAtom]
	for _, a := range n.Attr {
		switch a.Key {
		case "role":
			r = max(r, rolesByARIA[a.Val])
		case "class", "id":
			r = max(r, roleOfClasses(a.Val))
		case "itemprop", "rel":
			if a.Val == "author" || a.Val == "datePublished" {
				r = max(r, byline)
			}
		case "data-nosnippet":
			return hidden
		}
	}
	return r
}

// roleOfClasses returns the highest role that classes or an id have.
func roleOfClasses(classes string) (r role) {
	for class := range strings.FieldsSeq(classes) {
		if strings.ContainsAny(class, ":[/") || len(class) > 60 || isModifier(class) { // utility classes, which only style
			continue
		}
		if i := strings.Index(class, "--"); i > 0 && isModifier(strings.TrimLeft(class[i:], "-")) {
			class = class[:i]
		}
		r = max(r, rolesByClass[class], rolesByWord[withoutSeparators(class)])
		for word := range classWords(class) {
			r = max(r, rolesByWord[word])
		}
	}
	return r
}

// isModifier reports whether a class does not name the element: it says what else the page has ("has-sidebar"), what the
// article is about ("tag-newsletter") or where something is placed.
func isModifier(class string) bool {
	for _, prefix := range []string{"has-", "no-", "with-", "without-", "tag-", "category-", "has_", "with_", "post-type", "sidebar-"} {
		if strings.HasPrefix(class, prefix) {
			return true
		}
	}
	return strings.HasSuffix(class, "-left") || strings.HasSuffix(class, "-right") ||
		strings.Contains(class, "-with-") || strings.Contains(class, "_with_")
}

// classWords yields the words of a class in lower case. They are separated by hyphens, underscores or camel case.
func classWords(class string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(class); i++ {
			separator := i == len(class) || class[i] == '-' || class[i] == '_'
			camel := !separator && i > start && class[i] >= 'A' && class[i] <= 'Z' && class[i-1] >= 'a' && class[i-1] <= 'z'
			if !separator && !camel {
				continue
			}
			if i > start && !yield(strings.ToLower(class[start:i])) {
				return
			}
			start = i
			if separator {
				start++
			}
		}
	}
}

var separators = strings.NewReplacer("-", "", "_", "")

// withoutSeparators returns a class in lower case without hyphens and underscores.
func withoutSeparators(class string) string { return strings.ToLower(separators.Replace(class)) }

// isHidden reports whether an element is not visible, as far as its own attributes tell.
func isHidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return a.Val != "until-found"
		case "aria-hidden":
			if a.Val == "true" {
				return true
			}
		case "style":
			style := strings.ReplaceAll(strings.ToLower(a.Val), " ", "")
			if strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") {
				return true
			}
		case "class":
			if hasHidingClass(a.Val) {
				return true
			}
		}
	}
	return false
}

// hasHidingClass reports whether the usual classes of CSS frameworks hide an element, and none shows it on wider screens
// ("hidden md:block").
func hasHidingClass(classes string) bool {
	hides, shows := false, false
	for c := range strings.FieldsSeq(classes) {
		switch c {
		case "hidden", "hide", "d-none", "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only",
			"u-hidden", "is-hidden":
			hides = true
		}
		shows = shows || strings.HasSuffix(c, ":block") || strings.HasSuffix(c, ":flex") || strings.HasSuffix(c, ":grid") ||
			strings.HasSuffix(c, "-block") || strings.HasSuffix(c, "-flex")
	}
	return hides && !shows
}

// contentHint is how certain an element's tag, classes and microdata make it that it contains an article's text.
type contentHint uint8

const (
	noHint     contentHint = iota
	weakHint               // an article or main element, or a class such as "post": teasers and sidebars have them too
	strongHint             // a class or microdata for the text itself
)

// contentHintOf returns the strongest hint of an element.
func contentHintOf(n *html.Node) (hint contentHint) {
	switch n.DataAtom {
	case atom.Article, atom.Main:
		hint = weakHint
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "itemprop":
			if strings.EqualFold(a.Val, "articleBody") {
				return strongHint
			}
		case "role":
			if a.Val == "main" || a.Val == "article" {
				hint = max(hint, weakHint)
			}
		case "class", "id":
			for class := range strings.FieldsSeq(a.Val) {
				if c := withoutSeparators(class); isContentClass(c) {
					return strongHint
				} else if c == "content" || c == "post" || c == "entry" {
					hint = max(hint, weakHint)
				}
			}
		}
	}
	return hint
}

// isContentClass reports whether a class without separators is one of an article's text.
func isContentClass(class string) bool {
	return slices.ContainsFunc(contentClasses, func(prefix string) bool { return strings.HasPrefix(class, prefix) })
}
