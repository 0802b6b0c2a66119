package list

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"broadsheet"
	"broadsheet/fetch/extract"
	"broadsheet/internal/plain"
)

// readAuto finds the list of articles on a page. At the first visit it takes the best. Later it takes the one that is
// remembered, or another that has at least half of its links in common with it, such as the same list in a new design. If there
// is none, nothing is read, since a maintenance page has links too, and the result says so.
func (p *page) readAuto(source broadsheet.Source, last broadsheet.PageList) (Result, error) {
	result := Result{Document: p.document(), List: last}
	if err := extract.PrepareForSelectors(p.Get(0), source.Link, source.Title, source.Date); err != nil {
		return result, err
	}
	all, site := p.candidates(source), p.site()
	if len(last.Links) == 0 {
		if short, ok := p.shortList(source); ok && len(all) == 0 {
			all = append(all, short)
		}
		if len(all) == 0 {
			return result, fmt.Errorf("no list of articles is found on the page; %s", p.describeLists())
		}
		result.Items = feedItems(all[0].listed, p.language)
		result.List = remember(all[0].shape, all[0].listed, last, site)
		return result, nil
	}
	chosen, ok := p.choose(all, source, last)
	if !ok {
		result.Changed = p.describeChange(all, last)
		return result, nil
	}
	result.Items = feedItems(chosen.listed, p.language)
	result.List = remember(chosen.shape, chosen.listed, last, site)
	return result, nil
}

// choose returns the list on the page that is the remembered one.
func (p *page) choose(all []candidate, source broadsheet.Source, last broadsheet.PageList) (chosen candidate, ok bool) {
	site := p.site()
	before, there := p.shaped(last, source)
	if there && sharesHalf(before.listed, last, site) {
		chosen, ok = before, true
	}
	for _, c := range all {
		if sharesHalf(c.listed, last, site) && (!ok || c.score > 1.5*chosen.score) {
			chosen, ok = c, true
			break
		}
	}
	if !ok && last.Last < MinItems && len(all) > 0 && sameFamilies(all[0].listed, last) {
		return all[0], true // a new blog has grown
	}
	if ok && isRest(chosen.listed, last) {
		return chosen, false
	}
	if !ok && there && sameFamilies(before.listed, last) && !isRest(before.listed, last) {
		return before, true // all of it is new since the last visit
	}
	return chosen, ok
}

// isRest reports whether a list is what is left of the remembered one on a page that shows little else.
func isRest(listed []listing, last broadsheet.PageList) bool {
	return len(listed) < MinItems && len(listed)*4 < last.Last
}

// sharesHalf reports whether at least half of the listed links are known, or half of those of the last list are listed.
func sharesHalf(listed []listing, last broadsheet.PageList, site string) bool {
	known, lately := shared(listed, last, site)
	return known > 0 && (known*2 >= len(listed) || lately*2 >= last.Last)
}

// shared returns how many of the listed links are known, and how many of them were in the last list.
func shared(listed []listing, last broadsheet.PageList, site string) (known, lately int) {
	position := make(map[string]int, len(last.Links))
	for i, hash := range last.Links {
		position[hash] = i
	}
	for _, l := range listed {
		if i, ok := position[hashOf(l.link, site)]; ok {
			known++
			if i < last.Last {
				lately++
			}
		}
	}
	return known, lately
}

// sameFamilies reports whether most of the listed links share a specific family with those of the last list.
func sameFamilies(listed []listing, last broadsheet.PageList) bool {
	families := map[string]bool{}
	for _, family := range last.Families {
		families[family] = true
	}
	same := 0
	for _, l := range listed {
		if family, specific := familyOf(l.link); specific && families[family] {
			same++
		}
	}
	return len(listed) > 0 && same*4 >= len(listed)*3
}

// maxRemembered is how many links of a page are remembered.
const maxRemembered = 400

// remember returns what is remembered of a list: its shape, and the hashes of its links before those that were known.
func remember(shape broadsheet.PageList, listed []listing, last broadsheet.PageList, site string) broadsheet.PageList {
	now := broadsheet.PageList{Items: shape.Items, Title: shape.Title, Date: shape.Date, Paths: shape.Paths}
	seen := map[string]bool{}
	add := func(hash string) {
		if !seen[hash] && len(now.Links) < maxRemembered {
			seen[hash] = true
			now.Links = append(now.Links, hash)
		}
	}
	families := map[string]int{}
	for _, l := range listed {
		add(hashOf(l.link, site))
		if family, specific := familyOf(l.link); specific {
			if families[family]++; families[family] == min(MinItems, len(listed)) && len(now.Families) < maxFamilies {
				now.Families = append(now.Families, family)
			}
		}
	}
	now.Last = len(now.Links)
	for _, hash := range last.Links {
		add(hash)
	}
	return now
}

// hashOf returns what a link is known by.
func hashOf(address, site string) string {
	sum := sha256.Sum256([]byte(addressKey(address, site)))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// describeChange says why nothing is read of a page, and what to do if its list is the right one.
func (p *page) describeChange(all []candidate, last broadsheet.PageList) string {
	const until = "nothing of the page is read until its list comes back"
	was := fmt.Sprintf("the list of %s that the page had is gone", plain.Count(last.Last, "article"))
	if len(all) == 0 {
		return was + ", and no other is found: it may be under maintenance, or built by a script now; " + until
	}
	best := all[0]
	known, _ := shared(best.listed, last, p.site())
	return fmt.Sprintf("%s; it now lists %d links such as %q, of which %d were there before, fewer than half; %s; if that is the right list now, write items: %s under its source in feeds.yaml",
		was, len(best.listed), plain.Shorten(firstTitle(best.listed), 60), known, until, best.advice())
}

// advice returns the value of items in feeds.yaml, and of link if it needs one, that reads a list whatever was there before.
func (c candidate) advice() string {
	if c.shape.Items != "" && c.shape.Items != headlineItems && c.shape.Items != linkedDataItems {
		return fmt.Sprintf("%q", c.shape.Items)
	}
	folder := "/"
	if u, err := url.Parse(c.listed[0].link); err == nil {
		folder, _, _ = strings.Cut(u.Path[:strings.LastIndexByte("/"+strings.Trim(u.Path, "/"), '/')+1], "/20")
	}
	return fmt.Sprintf(`auto and link: 'a[href*="%s"]'`, folder)
}

func firstTitle(listed []listing) string {
	for _, l := range listed {
		if l.title != "" {
			return l.title
		}
	}
	return listed[0].link
}

// compareSelected says why what the selectors of feeds.yaml read is not the page's list of articles; "" if it is. found
// are the lists that the program itself finds on the page, the best first. isOther reports that the
// page has the articles that were there before elsewhere, or that there were articles and this is no list of any.
func compareSelected(listed []listing, found []candidate, last broadsheet.PageList, site string) (why string, isOther bool) {
	n := len(listed)
	own := candidate{listed: listed}
	own.score = own.rate(site)
	known, _ := shared(listed, last, site)
	best := candidate{}
	if len(found) > 0 {
		best = found[0]
	}
	bestKnown, _ := shared(best.listed, last, site)
	if known == 0 && last.Last > 0 && !sameFamilies(listed, last) && (own.score == 0 || bestKnown > 0 || len(last.Families) > 0) {
		why = fmt.Sprintf("the selectors read %s such as %q, of which none was there before: they match something else than the list of articles; ", plain.Count(n, "link"), plain.Shorten(firstTitle(listed), 60))
		if isOther = bestKnown > 0 || own.score == 0 && len(last.Families) > 0; isOther {
			why += "nothing of the page is read until its list comes back; "
		}
		return why + "correct items:, or leave it out", isOther
	}
	common := commonLinks(listed, best.listed)
	size := len(best.listed)
	switch {
	case size > 0 && common == 0 && own.score < best.score/4:
		return fmt.Sprintf("the selectors read %s such as %q, and none of the %d articles that the page seems to list, such as %q; correct items:, or leave it out", plain.Count(n, "link"), plain.Shorten(firstTitle(listed), 60), size, plain.Shorten(firstTitle(best.listed), 60)), false
	case size > n && n*3 <= size && best.score > 2*own.score && (common > 0 || own.score == 0):
		return fmt.Sprintf("the selectors read %d of the %d articles that the page seems to list; the rest begins with %q; correct items:, or leave it out, and the program finds the list itself", n, size, plain.Shorten(firstTitle(without(best.listed, listed)), 60)), false
	case n*4 <= last.Last && last.Last >= 2*MinItems:
		return fmt.Sprintf("the selectors read %s where they read %d before: the page may have been redesigned; look whether items: still matches all of them", plain.Count(n, "article"), last.Last), false
	}
	return "", false
}

func commonLinks(a, b []listing) (common int) { return len(b) - len(without(b, a)) }

// without returns the listings whose links some others do not have.
func without(listed, others []listing) (rest []listing) {
	links := map[string]bool{}
	for _, l := range others {
		links[l.link] = true
	}
	for _, l := range listed {
		if !links[l.link] {
			rest = append(rest, l)
		}
	}
	return rest
}
