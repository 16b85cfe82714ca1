import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.endpoint.EndpointBuilder;
import com.qcloud.cos.exception.CosServiceException;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.model.*;
import com.qcloud.cos.region.Region;
import com.qcloud.cos.transfer.TransferManager;
import com.qcloud.cos.transfer.TransferManagerConfiguration;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;

/** SMH's store by COS's own SDK for Java, as its owner has it: {@code Cos HOST:PORT SECRET_ID SECRET_KEY}. */
public class Cos {
    static final String BUCKET = "smh-1250000000";
    static final int MIB = 1 << 20;
    static String host;

    static COSClient client(String id, String key) {
        ClientConfig config = new ClientConfig(new Region("ap-guangzhou"));
        config.setHttpProtocol(HttpProtocol.http);
        config.setMaxErrorRetry(0);
        config.setEndpointBuilder(new EndpointBuilder() {
            public String buildGeneralApiEndpoint(String bucket) {
                return host;
            }

            public String buildGetServiceApiEndpoint() {
                return host;
            }
        });
        return new COSClient(new BasicCOSCredentials(id, key), config);
    }

    interface Call {
        void run() throws Exception;
    }

    static void fails(String code, int status, Call call) throws Exception {
        try {
            call.run();
        } catch (CosServiceException e) {
            check(code.equals(e.getErrorCode()) && e.getStatusCode() == status, e.toString());
            check(e.getRequestId() != null && e.getTraceId() != null, "ids: " + e);
            return;
        }
        throw new AssertionError("no " + code);
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    static byte[] get(COSClient cos, String key) throws Exception {
        try (COSObject object = cos.getObject(BUCKET, key)) {
            return object.getObjectContent().readAllBytes();
        }
    }

    public static void main(String[] arguments) throws Exception {
        host = arguments[0];
        COSClient cos = client(arguments[1], arguments[2]);
        check(cos.doesBucketExist(BUCKET), "no bucket");
        for (String name : new String[] {"a b.txt", "dir/c+d.txt", "文%.txt"}) {
            byte[] content = name.getBytes(StandardCharsets.UTF_8);
            ObjectMetadata told = new ObjectMetadata();
            told.setContentLength(content.length);
            told.setContentType("text/plain");
            told.setCacheControl("no-store");
            told.addUserMetadata("one", "1");
            cos.putObject(BUCKET, name, new ByteArrayInputStream(content), told);
            check(Arrays.equals(get(cos, name), content), name);
            ObjectMetadata back = cos.getObjectMetadata(BUCKET, name);
            check("no-store".equals(back.getCacheControl()), "Cache-Control");
            check("1".equals(back.getUserMetaDataOf("one")), "x-cos-meta-one");
            GetObjectRequest beyond = new GetObjectRequest(BUCKET, name);
            beyond.setRange(99, 100);
            fails("InvalidRange", 416, () -> cos.getObject(beyond));
            // The SDK takes an unmet condition for no answer.
            GetObjectRequest unmet = new GetObjectRequest(BUCKET, name);
            unmet.setMatchingETagConstraints(List.of("0"));
            check(cos.getObject(unmet) == null, "If-Match");
        }
        ObjectListing listing = cos.listObjects(BUCKET, "dir/");
        check(listing.getObjectSummaries().size() == 1, "listing");
        fails("NoSuchKey", 404, () -> cos.getObject(BUCKET, "none"));
        fails("SignatureDoesNotMatch", 403, () -> client(arguments[1], "0").listObjects(BUCKET));
        fails("InvalidAccessKeyId", 403, () -> client("AKIDother", arguments[2]).listObjects(BUCKET));

        byte[] content = new byte[3 * MIB + 5];
        new Random(1).nextBytes(content);
        String key = "films/a.mp4";
        String id = cos.initiateMultipartUpload(new InitiateMultipartUploadRequest(BUCKET, key)).getUploadId();
        List<PartETag> parts = new ArrayList<>();
        for (int number = 1; number <= 4; number++) {
            int size = Math.min(MIB, content.length - (number - 1) * MIB);
            UploadPartRequest part = new UploadPartRequest();
            part.setBucketName(BUCKET);
            part.setKey(key);
            part.setUploadId(id);
            part.setPartNumber(number);
            part.setPartSize(size);
            part.setInputStream(new ByteArrayInputStream(content, (number - 1) * MIB, size));
            parts.add(cos.uploadPart(part).getPartETag());
        }
        ListPartsRequest ask = new ListPartsRequest(BUCKET, key, id);
        ask.setMaxParts(3);
        PartListing listed = cos.listParts(ask);
        check(listed.isTruncated() && listed.getParts().size() == 3, "list of parts");
        ListMultipartUploadsRequest all = new ListMultipartUploadsRequest(BUCKET);
        all.setPrefix("films/");
        check(cos.listMultipartUploads(all).getMultipartUploads().size() == 1, "list of uploads");
        // The SDK sorts what it is given, so a gap stands for an order that is wrong.
        List<PartETag> gap = new ArrayList<>(List.of(parts.get(0), parts.get(2)));
        fails("InvalidPart", 400,
                () -> cos.completeMultipartUpload(new CompleteMultipartUploadRequest(BUCKET, key, id, gap)));
        cos.completeMultipartUpload(new CompleteMultipartUploadRequest(BUCKET, key, id, parts));
        check(Arrays.equals(get(cos, key), content), "in parts");
        String other = cos.initiateMultipartUpload(new InitiateMultipartUploadRequest(BUCKET, key)).getUploadId();
        cos.abortMultipartUpload(new AbortMultipartUploadRequest(BUCKET, key, other));
        fails("NoSuchUpload", 404, () -> cos.listParts(new ListPartsRequest(BUCKET, key, other)));

        // As the SDK plans it, several parts at a time.
        File file = File.createTempFile("cos", null);
        Files.write(file.toPath(), content);
        TransferManager manager = new TransferManager(cos, Executors.newFixedThreadPool(2));
        TransferManagerConfiguration plan = new TransferManagerConfiguration();
        plan.setMultipartUploadThreshold(MIB);
        plan.setMinimumUploadPartSize(MIB);
        manager.setConfiguration(plan);
        manager.upload(BUCKET, "planned", file).waitForUploadResult();
        check(Arrays.equals(get(cos, "planned"), content), "planned");
        manager.shutdownNow(true);
        file.delete();
        System.out.println("done");
        System.exit(0);
    }
}
