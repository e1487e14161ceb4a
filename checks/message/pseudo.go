package message

import (
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// accents has a letter that reads like the plain one for every plain one.
var accents = strings.NewReplacer(
	"a", "á", "b", "ƀ", "c", "ç", "d", "ð", "e", "é", "f", "ƒ", "g", "ĝ", "h", "ĥ", "i", "î", "j", "ĵ", "k", "ķ", "l", "ļ", "m", "ɱ",
	"n", "ñ", "o", "ö", "p", "þ", "q", "ɋ", "r", "ŕ", "s", "š", "t", "ţ", "u", "ú", "v", "ṽ", "w", "ŵ", "x", "ẋ", "y", "ý", "z", "ž",
	"A", "Á", "B", "Ɓ", "C", "Ç", "D", "Ð", "E", "É", "F", "Ƒ", "G", "Ĝ", "H", "Ĥ", "I", "Î", "J", "Ĵ", "K", "Ķ", "L", "Ļ", "M", "Ṁ",
	"N", "Ñ", "O", "Ö", "P", "Þ", "Q", "Ɋ", "R", "Ŕ", "S", "Š", "T", "Ţ", "U", "Û", "V", "Ṽ", "W", "Ŵ", "X", "Ẋ", "Y", "Ý", "Z", "Ž",
)

func pseudo(text string) string { return "⟦" + accents.Replace(text) + "⟧" }

// pseudoMessages is the pseudo-language of all messages.
func pseudoMessages(msgs []*i18n.Message) []*i18n.Message {
	out := make([]*i18n.Message, len(msgs))
	for i, m := range msgs {
		c := *m
		for _, form := range []*string{&c.Zero, &c.One, &c.Two, &c.Few, &c.Many, &c.Other} {
			if *form != "" {
				*form = "⟦" + pseudoTemplate(*form) + "⟧"
			}
		}
		out[i] = &c
	}
	return out
}

// pseudoTemplate leaves the {{actions}} of a template as they are.
func pseudoTemplate(src string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(src, "{{")
		b.WriteString(accents.Replace(before))
		if !found {
			return b.String()
		}
		action, after, _ := strings.Cut(rest, "}}")
		b.WriteString("{{" + action + "}}")
		src = after
	}
}
