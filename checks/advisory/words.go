package advisory

import (
	"regexp"
	"strings"
)

var (
	// boundInWords is the sentence that Zoom writes: "… in [the installer for]
	// [some] PRODUCTS before [version] 6.6.0 may allow …".
	boundInWords = regexp.MustCompile(`\b(?:in|for|of) (?:the )?(?:installer (?:for|of) )?(?:some |certain )?(Zoom [A-Za-z, ]{0,120}?) before (?:version )?(\d{1,4}(?:\.\d{1,9}){1,3})\b`)
	anyNumber    = regexp.MustCompile(`\d+(?:\.\d+)+`)
)

// inWords reads the bound from a record's sentence, where its fields name the
// product and give no version. A sentence with a second number, which can be
// another track's, says nothing here: that is for people to read.
func (c *container) inWords(fields *Record) *Record {
	for i := range fields.Concerns {
		if !fields.Concerns[i].silent() {
			return nil
		}
	}
	if len(c.Affected) != 1 || len(fields.Concerns) == 0 {
		return nil
	}
	for _, d := range c.Descriptions {
		m := boundInWords.FindStringSubmatch(d.Value)
		if !strings.HasPrefix(d.Lang, "en") || m == nil || len(anyNumber.FindAllString(d.Value, -1)) != 1 {
			continue
		}
		r := *fields
		r.Source, r.Concerns = Text, nil
		found, _ := names().product(c.Affected[0].Vendor, m[1], c.Affected[0].Platforms)
		for _, f := range found {
			if f.Perhaps {
				continue
			}
			f.Affected = []string{"< " + m[2]}
			r.Concerns = append(r.Concerns, f)
		}
		if len(r.Concerns) > 0 {
			return &r
		}
	}
	return nil
}
