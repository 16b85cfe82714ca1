package chatfile_test

import (
	"os"
	"testing"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// services opens a client of the emulator's account of each service.
func services(t *testing.T) map[string]*chatfile.Client {
	t.Helper()
	all := map[string]*chatfile.Client{}
	keep := func(name string) func(*chatfile.Client, error) {
		return func(client *chatfile.Client, err error) {
			t.Helper()
			all[name] = opened(t, client, err)
		}
	}
	keep("easemob")(chatfile.OpenEasemob(easemob(), nil))
	keep("netease")(chatfile.OpenNetEase(netease(), nil))
	keep("huawei")(chatfile.OpenHuawei(huawei(), nil))
	keep("smh")(chatfile.OpenSMH(smh(), nil))
	keep("openim")(chatfile.OpenOpenIM(openim(), nil))
	return all
}

// downloadOptions are what a download of a PNG has to say, by services.
var downloadOptions = map[string]*chatfile.DownloadOptions{
	"huawei": {Huawei: &chatfile.HuaweiDownload{FileType: "png"}},
}

func easemob() chatfile.EasemobConfig {
	return chatfile.EasemobConfig{
		BaseURL:      emulator,
		AppKey:       "easemob-demo#testapp",
		ClientID:     "YXA6ZW11bGF0b3ItY2xpZW50LWlk",
		ClientSecret: "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA",
	}
}

func netease() chatfile.NetEaseConfig {
	return chatfile.NetEaseConfig{
		BaseURL:   emulator + "/nimserver",
		AppKey:    "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b",
		AppSecret: "e1a2b3c4d5f6",
	}
}

func huawei() chatfile.HuaweiConfig {
	return chatfile.HuaweiConfig{
		BaseURL:   emulator,
		AppKey:    "0d8f3c5a9b6e4f27a1c2",
		AppSecret: "emulator-app-secret",
		ChannelID: "7c2f4b1e9d3a4e5f8a6b",
		UserID:    "customer-1",
	}
}

func smh() chatfile.SMHConfig {
	return chatfile.SMHConfig{
		BaseURL:       emulator,
		LibraryID:     "smh0emulator0library",
		LibrarySecret: "4b1e7c52d09f4a86b3a5f0c7e9d21864",
	}
}

func openim() chatfile.OpenIMConfig {
	return chatfile.OpenIMConfig{BaseURL: emulator, UserID: "alice", AdminSecret: "openIM123", Platform: 1}
}

func openEasemob(t *testing.T) *chatfile.Client {
	t.Helper()
	client, err := chatfile.OpenEasemob(easemob(), nil)
	return opened(t, client, err)
}

func openSMH(t *testing.T) *chatfile.Client {
	t.Helper()
	client, err := chatfile.OpenSMH(smh(), nil)
	return opened(t, client, err)
}

// tellPrograms lets programs, such as the README's, find the emulator.
func tellPrograms() {
	os.Setenv("NETEASE_BASE_URL", emulator+"/nimserver")
	os.Setenv("NETEASE_APP_KEY", netease().AppKey)
	os.Setenv("NETEASE_APP_SECRET", netease().AppSecret)
}
