package fetch

import (
	"bytes"
	"errors"
	"net/url"

	"broadsheet"

	"github.com/PuerkitoBio/goquery"
)

// parseList reads an HTML list with the CSS selectors of a page source.
func parseList(body []byte, contentType string, base *url.URL, source broadsheet.Source) (document, error) {
	page, err := goquery.NewDocumentFromReader(bytes.NewReader(decode(body, contentType)))
	if err != nil {
		return document{}, err
	}
	doc := document{Title: clean(page.Find("title").First().Text()), HomePage: base.String()}
	page.Find(source.Items).Each(func(_ int, item *goquery.Selection) {
		a := item.Find("a[href]").First()
		if source.Link != "" {
			a = item.Find(source.Link).First()
		}
		title := a
		if source.Title != "" {
			title = item.Find(source.Title).First()
		}
		link := safeLink(a.AttrOr("href", ""), base)
		if link == "" {
			return
		}
		doc.Told = append(doc.Told, broadsheet.Sighting{Link: link, GUID: link, Title: clean(title.Text())})
	})
	if len(doc.Told) == 0 {
		return doc, errors.New("the items selector finds no link; look at the page and correct items")
	}
	return doc, nil
}
