// The jobs of the benches with Go's net/http: peer JOB BASE_URL FILE SIZE COUNT BUFFER.
// Prints the CPU time of the work in microseconds, and by how many KiB the peak of the
// memory grew.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

const threads = 4

var (
	job, base, file string
	size, count     int64
	buffer          int
	client          *http.Client
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "net/http:", err)
		os.Exit(1)
	}
}

func peak() int64 {
	status, err := os.Open("/proc/self/status")
	check(err)
	defer status.Close()
	lines := bufio.NewScanner(status)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); fields[0] == "VmHWM:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			check(err)
			return kib
		}
	}
	return 0
}

func cpu() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return (usage.Utime.Sec+usage.Stime.Sec)*1e6 + usage.Utime.Usec + usage.Stime.Usec
}

func set(request *http.Request, fields ...string) *http.Request {
	for i := 0; i < len(fields); i += 2 {
		request.Header.Set(fields[i], fields[i+1])
	}
	return request
}

func request(method, path string, body io.Reader, fields ...string) *http.Request {
	made, err := http.NewRequest(method, base+"/"+path, body)
	check(err)
	return set(made, fields...)
}

var (
	easemob = []string{"Authorization", "Bearer YWMtF9QoiLBfEeaLW7Ez4VzH3g"}
	netease = []string{"Accept", "application/json", "AppKey", "0123456789abcdef0123456789abcdef",
		"Nonce", "4tgggergigwow323t23t", "CurTime", "1443592222",
		"CheckSum", "9e9db3b6c9abb2e1962cf3e6f7316fcc55583f86"}
	bearer = []string{"Content-Type", "application/json", "x-app-key", "0123456789",
		"Authorization", "Bearer 0123456789abcdef", "ccmessaging-token", "fedcba9876543210"}
	asJSON = []string{"Content-Type", "application/json"}
)

func send(request *http.Request, proof string) {
	answer, err := client.Do(request)
	check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(err)
	if answer.StatusCode/100 != 2 || !bytes.Contains(text, []byte(proof)) {
		check(fmt.Errorf("%s: %s", answer.Status, text))
	}
}

// The file in a form, between what stands before and behind it, so that nothing is copied.
func upload() {
	source, err := os.Open(file)
	check(err)
	defer source.Close()
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	_, err = form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="source.bin"`},
		"Content-Type":        {"application/octet-stream"},
	})
	check(err)
	tail := "\r\n--" + form.Boundary() + "--\r\n"
	length := int64(head.Len()) + size + int64(len(tail))
	body := io.MultiReader(&head, source, strings.NewReader(tail))
	post := request("POST", "org/app/chatfiles", body, easemob...)
	post.ContentLength = length
	send(set(post, "Content-Type", form.FormDataContentType()), `"chatfile"`)
}

func text() string {
	raw, err := os.ReadFile(file)
	check(err)
	return base64.StdEncoding.EncodeToString(raw)
}

func form() {
	fields := url.Values{"type": {"application/octet-stream"}, "ishttps": {"true"}, "content": {text()}}
	post := request("POST", "msg/upload.action", strings.NewReader(fields.Encode()), netease...)
	send(set(post, "Content-Type", "application/x-www-form-urlencoded"), `"code":200`)
}

func inJSON() {
	body, err := json.Marshal(map[string]string{"fileType": "jpg", "channel": "WEB", "fileStream": text()})
	check(err)
	send(request("POST", "apiaccess/ccmessaging/uploadFileStream", bytes.NewReader(body), bearer...), "objectKey")
}

func smh() {
	const api, token = "api/v1/file/smh0123456789/-/", "access_token=acctk0123456789"
	source, err := os.Open(file)
	check(err)
	defer source.Close()
	send(request("PUT", api+"source.bin?"+token, strings.NewReader("{}"), asJSON...), "confirmKey")
	put := request("PUT", "store/source.bin", source, "x-cos-acl", "private")
	put.ContentLength = size
	send(put, "")
	send(request("POST", api+"0123456789?confirm&"+token, strings.NewReader("{}"), asJSON...), `"path"`)
}

func get() *http.Response {
	answer, err := client.Do(request("GET", "org/app/chatfiles/"+strconv.FormatInt(size, 10), nil, easemob...))
	check(err)
	return answer
}

func demand(got int64) {
	if got != size {
		check(fmt.Errorf("wrong size: %d", got))
	}
}

func download() {
	os.Remove(file)
	answer := get()
	defer answer.Body.Close()
	target, err := os.Create(file)
	check(err)
	got, err := io.Copy(target, answer.Body)
	check(err)
	check(target.Close())
	demand(got)
}

func memory() {
	answer := get()
	defer answer.Body.Close()
	data := make([]byte, answer.ContentLength)
	got, err := io.ReadFull(answer.Body, data)
	check(err)
	demand(int64(got))
	if job == "memory-download" && count == 1 {
		check(os.WriteFile(file, data, 0o666))
	}
}

func main() {
	number := func(text string) int64 {
		value, err := strconv.ParseInt(text, 10, 64)
		check(err)
		return value
	}
	job, base, file = os.Args[1], os.Args[2], os.Args[3]
	size, count, buffer = number(os.Args[4]), number(os.Args[5]), int(number(os.Args[6]))
	atStart := peak()
	begun := cpu()
	transport := &http.Transport{
		ReadBufferSize: buffer, WriteBufferSize: buffer, DisableCompression: true, MaxIdleConnsPerHost: threads,
	}
	if strings.HasPrefix(job, "tls-") {
		pem, err := os.ReadFile(filepath.Join(filepath.Dir(file), "ca.pem"))
		check(err)
		trusted := x509.NewCertPool()
		trusted.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: trusted}
	}
	client = &http.Client{Transport: transport}
	work := map[string]func(){
		"easemob-upload": upload, "netease-form": form, "json-upload": inJSON, "smh-simple": smh,
		"download": download, "memory-download": memory, "threads-upload": upload, "threads-download": memory,
		"tls-upload": upload, "tls-download": download,
	}[job]
	if strings.HasPrefix(job, "threads-") {
		var all sync.WaitGroup
		for range [threads]struct{}{} {
			all.Add(1)
			go func() {
				defer all.Done()
				for i := int64(0); i < count/threads; i++ {
					work()
				}
			}()
		}
		all.Wait()
	} else {
		for i := int64(0); i < count; i++ {
			work()
		}
	}
	fmt.Println(cpu()-begun, peak()-atStart)
}
