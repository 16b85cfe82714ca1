{
  roundtrip: uploads a file to Easemob, downloads it again, and compares the two byte
  for byte.

      roundtrip URL FILE FOLDER

  URL is where `chatfile-emulator` listens; its credentials are the defaults below.
  With "-" for URL the file goes to the service itself, with the credentials of your
  own app in EASEMOB_APP_KEY, EASEMOB_CLIENT_ID and EASEMOB_CLIENT_SECRET.

  Standard error gets the progress and the errors; standard output one line for each
  step, its fields set apart by tabs:

      service  verb  verdict  where

  The verdict is "stored", "identical", "different", or the name of a status.

  Exit code: 0 if the file came back identical, 1 if not, 2 for wrong usage.

  Build it with Free Pascal (LIB is the folder of an installed libchatfile.so, with
  libchatfile.so.0 beside it, which cargo alone does not make):

      fpc -Fubindings/pascal -FlLIB -k-rpath=LIB examples/pascal/roundtrip.pas

  or with Delphi, where chatfile.dll lies beside the program:

      dcc32 -Ubindings\pascal examples\pascal\roundtrip.pas
}
program roundtrip;

{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}
{$IFDEF MSWINDOWS}{$APPTYPE CONSOLE}{$ENDIF}

uses
  {$IFDEF UNIX} cwstring, {$ENDIF} SysUtils, Classes, chatfile;

type
  // What the progress of one transfer is shown by.
  TDisplay = class
    Verb: string;
    procedure Show(const Now: TChatfileProgress);
  end;

procedure TDisplay.Show(const Now: TChatfileProgress);
begin
  Write(ErrOutput, Verb, ': ', Now.done, ' of ', Now.total, ' bytes', #13);
  if Now.finished <> 0 then
    WriteLn(ErrOutput);
end;

// The library calls this on our own thread while it transfers; another number than 0 stops the transfer.
function OnProgress(user: Pointer; progress: PChatfileProgress): ChatfileInt32; cdecl;
begin
  Result := 0;
  try
    TDisplay(user).Show(progress^);
  except
    // No exception may come out of here: the library is not made of Pascal.
    Result := 1;
  end;
end;

procedure Say(const Verb, Verdict, Where: string);
begin
  WriteLn('easemob', #9, Verb, #9, Verdict, #9, Where);
end;

// Tells what went wrong, and frees it.
procedure Fail(const Verb: string; Status: TChatfileStatus; error: PChatfileError);
begin
  Say(Verb, string(chatfile_status_name(Status)), '');
  WriteLn(ErrOutput, Verb, ': ', chatfile_error_message(error));
  chatfile_error_free(error);
end;

// A value from the environment; without one, that of the emulator.
function Setting(const Url, Name, OfEmulator: string): UTF8String;
begin
  Result := UTF8Encode(GetEnvironmentVariable(Name));
  if (Result = '') and (Url = '-') then
    raise Exception.Create('set ' + Name + ' to use the service itself');
  if Result = '' then
    Result := UTF8Encode(OfEmulator);
end;

function Open(const Url: string): PChatfileClient;
var
  config: TChatfileEasemob;
  options: TChatfileClientOptions;
  error: PChatfileError;
  status: TChatfileStatus;
  // The records point into these.
  baseUrl, appKey, clientId, clientSecret: UTF8String;
begin
  baseUrl := UTF8Encode(Url);
  appKey := Setting(Url, 'EASEMOB_APP_KEY', 'easemob-demo#testapp');
  clientId := Setting(Url, 'EASEMOB_CLIENT_ID', 'YXA6ZW11bGF0b3ItY2xpZW50LWlk');
  clientSecret := Setting(Url, 'EASEMOB_CLIENT_SECRET', 'YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA');
  config := ChatfileEasemobInit;
  if Url <> '-' then
    config.base_url := PAnsiChar(baseUrl);
  config.app_key := PAnsiChar(appKey);
  config.client_id := PAnsiChar(clientId);
  config.client_secret := PAnsiChar(clientSecret);
  options := ChatfileClientOptionsInit;
  options.user_agent := 'roundtrip/1.0';
  options.max_attempts := 2;
  status := chatfile_open_easemob(@config, @options, @Result, @error);
  if status <> CHATFILE_OK then
    Fail('open', status, error);
end;

// Uploads the file and gives what names it at the service; '' if that failed.
function Upload(client: PChatfileClient; const Path: string): UTF8String;
var
  source: TChatfileSource;
  options: TChatfileUploadOptions;
  stored: PChatfileUploadResult;
  error: PChatfileError;
  status: TChatfileStatus;
  display: TDisplay;
  name: UTF8String;
begin
  Result := '';
  name := UTF8Encode(Path);
  source := ChatfileSourceInit;
  source.path := PAnsiChar(name);
  display := TDisplay.Create;
  try
    display.Verb := 'upload';
    options := ChatfileUploadOptionsInit;
    options.progress := OnProgress;
    options.progress_user := display;
    status := chatfile_upload(client, @source, @options, @stored, @error);
    if status <> CHATFILE_OK then
      Fail('upload', status, error)
    else
    begin
      Result := chatfile_upload_result_file(stored);
      Say('upload', 'stored', string(chatfile_upload_result_url(stored)));
      chatfile_upload_result_free(stored);
    end;
  finally
    display.Free;
  end;
end;

function Download(client: PChatfileClient; const FileName: UTF8String; const Path: string): Boolean;
var
  sink: TChatfileSink;
  arrived: PChatfileDownloadResult;
  error: PChatfileError;
  status: TChatfileStatus;
  name: UTF8String;
begin
  name := UTF8Encode(Path);
  sink := ChatfileSinkInit;
  sink.path := PAnsiChar(name);
  status := chatfile_download(client, PAnsiChar(FileName), @sink, nil, @arrived, @error);
  Result := status = CHATFILE_OK;
  if not Result then
    Fail('download', status, error);
  chatfile_download_result_free(arrived);
end;

function Identical(const One, Other: string): Boolean;
var
  a, b: TMemoryStream;
begin
  a := TMemoryStream.Create;
  b := TMemoryStream.Create;
  try
    a.LoadFromFile(One);
    b.LoadFromFile(Other);
    Result := (a.Size = b.Size) and CompareMem(a.Memory, b.Memory, a.Size);
  finally
    a.Free;
    b.Free;
  end;
end;

function RoundTrip(const Url, Path, Folder: string): Boolean;
var
  client: PChatfileClient;
  name: UTF8String;
  copy: string;
begin
  Result := False;
  client := Open(Url);
  if client = nil then
    Exit;
  try
    name := Upload(client, Path);
    copy := IncludeTrailingPathDelimiter(Folder) + 'copy-of-' + ExtractFileName(Path);
    if (name = '') or not Download(client, name, copy) then
      Exit;
    Result := Identical(Path, copy);
    if Result then
      Say('download', 'identical', copy)
    else
      Say('download', 'different', copy);
  finally
    chatfile_client_free(client);
  end;
end;

begin
  if ParamCount <> 3 then
  begin
    WriteLn(ErrOutput, 'usage: roundtrip URL FILE FOLDER');
    Halt(2);
  end;
  try
    if not RoundTrip(ParamStr(1), ParamStr(2), ParamStr(3)) then
      ExitCode := 1;
  except
    on problem: Exception do
    begin
      WriteLn(ErrOutput, problem.Message);
      ExitCode := 1;
    end;
  end;
end.
