package harden

import (
	"errors"
	"strings"

	"huddleguard/checks/fact"
)

var errSecret = errors.New("the key can hold a secret, and is never touched")

// secretWords are the words in keys under which programs keep what must not be
// read into a journal: keys, tokens, passwords, meeting ids.
var secretWords = []string{"password", "passwd", "passphrase", "pwd", "secret", "token", "cookie", "credential",
	"privatekey", "private_key", "apikey", "api_key", "sessionid", "session_id", "meetingid", "meeting_id", "username", "email", "e-mail", "epoch", "oauth"}

// Secret says whether a place's key is one that is never touched, whatever a
// page says.
func Secret(at fact.At) bool {
	if at.Store == "quarantine" || at.Store == "mode" {
		return false // a whole file, which is moved or closed and not read
	}
	key := strings.ToLower(at.Key)
	for _, w := range secretWords {
		if strings.Contains(key, w) {
			return true
		}
	}
	return false
}
