package chatfile

// #include "shim.h"
import "C"

import "time"

// UploadOptions are the options of an upload. The zero value is a good one.
type UploadOptions struct {
	// FileName is the name to store. "": that of the path, or "file".
	FileName string
	// MediaType is the media type to store. "": what the name's extension suggests, or "application/octet-stream".
	MediaType string
	// Progress is called once at the start, then at least 4 and at most 20 times a second (with the same numbers while
	// nothing moves), and once at the end if all went well, by the goroutine of the call. An error that it returns stops the upload and is in the chain of its error (in the
	// last report it is too late, and ignored).
	Progress func(Progress) error
	// ParallelParts is, where files are sent in parts (CanParts), how many of them go side by side, at most 16, each
	// with a thread and a connection while the call lasts. What a reader gives is sent one part after the other. 0: 4.
	ParallelParts int
	// Resumable: what has arrived of an upload in parts is kept when it fails, and [Error.ResumeToken] says how to go
	// on with it. A file is then sent in parts whenever it makes more than one (SMH: 8 MiB, OpenIM: 5 MiB), unless a
	// method is asked for. Else the service is told to throw it away, if it can be told.
	Resumable bool
	// ResumeToken is [Error.ResumeToken] of an earlier call for the same file and name. What has arrived is compared
	// with the file and not sent again; a file that has changed is sent from the start. It implies Resumable.
	ResumeToken string
	// Checkpoint is the path of a file that keeps what a resume token says, so that it survives your program. It is
	// made when parts are sent, gone on with if it is there, and removed when the upload has succeeded; one upload at a
	// time can use it. Not together with ResumeToken; implies Resumable.
	Checkpoint string
	// Easemob is what Easemob alone can do.
	Easemob *EasemobUpload
	// NetEase is what NetEase alone can do.
	NetEase *NetEaseUpload
	// Huawei is what Huawei alone can do.
	Huawei *HuaweiUpload
	// SMH is what Tencent SMH alone can do.
	SMH *SMHUpload
	// OpenIM is what OpenIM alone can do.
	OpenIM *OpenIMUpload
}

// EasemobUpload is what an upload to Easemob can ask for besides.
type EasemobUpload struct {
	// RestrictAccess: only who knows the share secret may download the file. Easemob has to switch this on for the app:
	// else the file is stored open to all, and the call fails with [ErrNotRestricted].
	RestrictAccess bool
	// ThumbnailWidth of the thumbnail that the service makes of an image, in pixels. 0: 170.
	ThumbnailWidth int
	// ThumbnailHeight of that thumbnail, in pixels. 0: 170.
	ThumbnailHeight int
}

// NetEaseMethod is how a file is sent to NetEase.
type NetEaseMethod uint32

// The ways of sending a file to NetEase.
const (
	// NetEaseForm: multipart/form-data to msg/fileUpload.action, the bytes as they are.
	NetEaseForm NetEaseMethod = C.CHATFILE_NETEASE_FORM
	// NetEaseBase64: base64 in a form to msg/upload.action, a third larger. Reads the source twice.
	NetEaseBase64 NetEaseMethod = C.CHATFILE_NETEASE_BASE64
)

// NetEaseUpload is what an upload to NetEase can ask for besides.
type NetEaseUpload struct {
	// Method is how the file is sent.
	Method NetEaseMethod
	// PlainHTTPURL asks for an http:// URL. Else https://, other than the service's own default.
	PlainHTTPURL bool
	// Tag is the scenario tag to store with the file, at most 32 characters. "": none.
	Tag string
	// Expire is the time until the file is deleted, at least a day. 0: never.
	Expire time.Duration
}

// HuaweiUpload is what an upload to Huawei can ask for besides.
type HuaweiUpload struct {
	// FileType is jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv, in any case. "": the extension of the file's name,
	// for which alone FileName is of use here; MediaType is not sent.
	FileType string
}

// SMHMethod is how a file is sent to SMH.
type SMHMethod uint32

// The ways of sending a file to SMH.
const (
	// SMHAutomatic: in parts above 32 MiB, else in one request.
	SMHAutomatic SMHMethod = C.CHATFILE_SMH_AUTOMATIC
	// SMHSimple: in one request, up to 5 GiB.
	SMHSimple SMHMethod = C.CHATFILE_SMH_SIMPLE
	// SMHForm: in one request as multipart/form-data, up to 5 GiB.
	SMHForm SMHMethod = C.CHATFILE_SMH_FORM
	// SMHParts: in parts, which can go on after an interruption.
	SMHParts SMHMethod = C.CHATFILE_SMH_PARTS
)

// SMHConflict is what happens if a file of that name is there.
type SMHConflict uint32

// What happens if a file of that name is there.
const (
	// SMHRename: the new file gets another name, "name (1).ext".
	SMHRename SMHConflict = C.CHATFILE_SMH_RENAME
	// SMHAsk: the upload fails with ErrConflict.
	SMHAsk SMHConflict = C.CHATFILE_SMH_ASK
	// SMHOverwrite: the file is replaced; a folder stays, and the upload fails with ErrConflict.
	SMHOverwrite SMHConflict = C.CHATFILE_SMH_OVERWRITE
)

// SMHUpload is what an upload to Tencent SMH can ask for besides.
type SMHUpload struct {
	// Directory is the folder to put the file in, with / between the names. "": the root of the space.
	Directory string
	// Labels of the file, by which it can be searched for.
	Labels []string
	// Category is one of your own, at most 16 bytes. "": none.
	Category string
	// LocalCreationTime is when the file was made where it comes from, like "2022-07-26T02:58:09Z". "": not said.
	LocalCreationTime string
	// LocalModificationTime is when it was last changed there, in the same form. "": not said.
	LocalModificationTime string
	// PartSize is the bytes of each part but the last, 1 MiB to 5 GiB, and enough for at most 10,000 parts. 0: 8 MiB,
	// or more where that makes too many.
	PartSize int64
	// TrafficLimit is the most bytes a second that the store takes on each connection, 100 KiB to 100 MiB. 0: no limit.
	TrafficLimit int64
	// Method is how the file is sent.
	Method SMHMethod
	// Conflict is what happens if a file of that name is there.
	Conflict SMHConflict
	// CreateDirectories makes the folder, with its parents, if it is missing. Else the upload fails then.
	CreateDirectories bool
	// SkipInstant: do not ask by hash whether SMH has the bytes already. Asking costs reading the file once more, from
	// 1 MiB on, and saves sending it.
	SkipInstant bool
	// PreferSameOrigin keeps the store's domain of the file of the same name, if possible.
	PreferSameOrigin bool
}

// OpenIMMethod is how a file is sent to OpenIM.
type OpenIMMethod uint32

// The ways of sending a file to OpenIM.
const (
	// OpenIMAutomatic: in parts; by form where the source cannot be read twice, or an option asks for it.
	OpenIMAutomatic OpenIMMethod = C.CHATFILE_OPENIM_AUTOMATIC
	// OpenIMForm: in one form.
	OpenIMForm OpenIMMethod = C.CHATFILE_OPENIM_FORM
	// OpenIMParts: in parts, which can go on after an interruption. Reads the source twice.
	OpenIMParts OpenIMMethod = C.CHATFILE_OPENIM_PARTS
)

// OpenIMUpload is what an upload to OpenIM can ask for besides.
type OpenIMUpload struct {
	// Name is the full name to store the file under, at most 1,024 bytes; it replaces a file of that name. It begins
	// with UserID and a slash, unless the admin asks, and has no segment "." or "..". Its extension decides the media
	// type, unless one is given. "": UserID, a slash and the name of the file.
	Name string
	// Group is the group of files that the server counts this one to; then it goes by form, if one can be signed for
	// its name and media type. "": none.
	Group string
	// Cause is what the file is for, in words of your own; then it goes in parts. "": not said.
	Cause string
	// Method is how the file is sent.
	Method OpenIMMethod
	// Absolute: the name itself is the key in the storage; for the admin alone, and by form. A second file under it of
	// another size is refused for 12 hours, though the storage has it then.
	Absolute bool
}

// fill makes the structure of C with what hangs off it. Of nil, it has the cancel handle alone.
func (o *UploadOptions) fill(call *call) *C.chatfile_upload_options {
	m := &call.memory
	c := structure[C.chatfile_upload_options](m)
	c.cancel = call.cancel
	if o == nil {
		return c
	}
	c.file_name = m.text("file_name", o.FileName)
	c.media_type = m.text("media_type", o.MediaType)
	if o.Progress != nil {
		call.progress = o.Progress
		C.chatfile_go_set_upload_progress(c, call.id())
	}
	c.parallel_parts = m.u32("parallel_parts", o.ParallelParts)
	c.resumable = flag(o.Resumable)
	c.resume_token = m.text("resume_token", o.ResumeToken)
	c.checkpoint = m.text("checkpoint", o.Checkpoint)
	c.easemob = o.Easemob.fill(m)
	c.netease = o.NetEase.fill(m)
	c.huawei = o.Huawei.fill(m)
	c.smh = o.SMH.fill(m)
	c.openim = o.OpenIM.fill(m)
	return c
}

func (o *EasemobUpload) fill(m *memory) *C.chatfile_easemob_upload {
	if o == nil {
		return nil
	}
	c := structure[C.chatfile_easemob_upload](m)
	c.restrict_access = flag(o.RestrictAccess)
	c.thumbnail_width = m.u32("thumbnail_width", o.ThumbnailWidth)
	c.thumbnail_height = m.u32("thumbnail_height", o.ThumbnailHeight)
	return c
}

func (o *NetEaseUpload) fill(m *memory) *C.chatfile_netease_upload {
	if o == nil {
		return nil
	}
	c := structure[C.chatfile_netease_upload](m)
	c.method = C.uint32_t(o.Method)
	c.plain_http_url = flag(o.PlainHTTPURL)
	c.tag = m.text("tag", o.Tag)
	c.expire_seconds = m.seconds("expire_seconds", o.Expire)
	return c
}

func (o *HuaweiUpload) fill(m *memory) *C.chatfile_huawei_upload {
	if o == nil {
		return nil
	}
	c := structure[C.chatfile_huawei_upload](m)
	c.file_type = m.text("file_type", o.FileType)
	return c
}

func (o *SMHUpload) fill(m *memory) *C.chatfile_smh_upload {
	if o == nil {
		return nil
	}
	c := structure[C.chatfile_smh_upload](m)
	c.directory = m.text("directory", o.Directory)
	c.labels, c.label_count = m.texts("labels", o.Labels)
	c.category = m.text("category", o.Category)
	c.local_creation_time = m.text("local_creation_time", o.LocalCreationTime)
	c.local_modification_time = m.text("local_modification_time", o.LocalModificationTime)
	c.part_size = m.u64("part_size", o.PartSize)
	c.traffic_limit = m.u64("traffic_limit", o.TrafficLimit)
	c.method = C.uint32_t(o.Method)
	c.conflict = C.uint32_t(o.Conflict)
	c.create_directories = flag(o.CreateDirectories)
	c.skip_instant = flag(o.SkipInstant)
	c.prefer_same_origin = flag(o.PreferSameOrigin)
	return c
}

func (o *OpenIMUpload) fill(m *memory) *C.chatfile_openim_upload {
	if o == nil {
		return nil
	}
	c := structure[C.chatfile_openim_upload](m)
	c.name = m.text("name", o.Name)
	c.group = m.text("group", o.Group)
	c.cause = m.text("cause", o.Cause)
	c.method = C.uint32_t(o.Method)
	c.absolute = flag(o.Absolute)
	return c
}

// DownloadOptions are the options of a download. The zero value is a good one.
type DownloadOptions struct {
	// MaxSize: a file of more bytes is refused with ErrLimit, at the latest when it has arrived so far. 0: no limit.
	MaxSize int64
	// Resume: when a download to a path fails, what has arrived is kept as NAME.part and NAME.part.json, if the service
	// names the version of the file (ETag); the next call for the same file and path goes on from there, if the version
	// is still the same. Not safe against a power cut: delete both files after one. Huawei cannot do it.
	Resume bool
	// Progress is as that of an upload.
	Progress func(Progress) error
	// Easemob is what Easemob alone can do.
	Easemob *EasemobDownload
	// Huawei is what Huawei has to be told; required there.
	Huawei *HuaweiDownload
	// SMH is what Tencent SMH alone can do.
	SMH *SMHDownload
	// OpenIM is what OpenIM alone can do.
	OpenIM *OpenIMDownload
}

// EasemobDownload is what a download from Easemob can ask for besides.
type EasemobDownload struct {
	// ShareSecret is the one that came with the upload of a restricted file. "": none.
	ShareSecret string `print:"secret"`
	// Thumbnail asks for the thumbnail of an image instead of the image; of a file without one, the file itself.
	Thumbnail bool
}

// HuaweiDownload is what a download from Huawei has to say besides.
type HuaweiDownload struct {
	// FileType is the type of the file, which the service does not know by itself: one of those of an upload, richtext,
	// doc, docx, pdf or zip. Required.
	FileType string
	// MediaLibrary says that the file is one of the media library.
	MediaLibrary bool
}

// SMHDownload is what a download from Tencent SMH can ask for besides.
type SMHDownload struct {
	// TrafficLimit is the most bytes a second that the store sends, 100 KiB to 100 MiB. 0: no limit.
	TrafficLimit int64
}

// OpenIMDownload is what a download from OpenIM can ask for besides.
type OpenIMDownload struct {
	// Thumbnail asks for the thumbnail of an image instead of the image.
	Thumbnail bool
	// ThumbnailWidth is the width of the thumbnail at most, in pixels. 0: that of the image; above 1,024, MinIO gives
	// the image itself.
	ThumbnailWidth int
	// ThumbnailHeight is the height of the thumbnail at most, in pixels, likewise.
	ThumbnailHeight int
	// ThumbnailFormat is "png", "jpeg", "jpg" or "gif" (one frame). "": the storage's choice, which is "png" for MinIO,
	// whatever the image is.
	ThumbnailFormat string
}

// fill makes the structure of C with what hangs off it. Of nil, it has the cancel handle alone.
func (o *DownloadOptions) fill(call *call) *C.chatfile_download_options {
	m := &call.memory
	c := structure[C.chatfile_download_options](m)
	c.cancel = call.cancel
	if o == nil {
		return c
	}
	c.max_size = m.u64("max_size", o.MaxSize)
	c.resume = flag(o.Resume)
	if o.Progress != nil {
		call.progress = o.Progress
		C.chatfile_go_set_download_progress(c, call.id())
	}
	if o.Easemob != nil {
		easemob := structure[C.chatfile_easemob_download](m)
		easemob.share_secret = m.text("share_secret", o.Easemob.ShareSecret)
		easemob.thumbnail = flag(o.Easemob.Thumbnail)
		c.easemob = easemob
	}
	if o.Huawei != nil {
		huawei := structure[C.chatfile_huawei_download](m)
		huawei.file_type = m.text("file_type", o.Huawei.FileType)
		huawei.media_library = flag(o.Huawei.MediaLibrary)
		c.huawei = huawei
	}
	if o.SMH != nil {
		smh := structure[C.chatfile_smh_download](m)
		smh.traffic_limit = m.u64("traffic_limit", o.SMH.TrafficLimit)
		c.smh = smh
	}
	if o.OpenIM != nil {
		openim := structure[C.chatfile_openim_download](m)
		openim.thumbnail = flag(o.OpenIM.Thumbnail)
		openim.thumbnail_width = m.u32("thumbnail_width", o.OpenIM.ThumbnailWidth)
		openim.thumbnail_height = m.u32("thumbnail_height", o.OpenIM.ThumbnailHeight)
		openim.thumbnail_format = m.text("thumbnail_format", o.OpenIM.ThumbnailFormat)
		c.openim = openim
	}
	return c
}
