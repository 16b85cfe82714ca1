/*
 * How much stack calls take: stack BASE_URL APP_KEY CLIENT_ID CLIENT_SECRET [CA]. A thread on a painted stack sends a file
 * and fetches it again. Prints how many bytes of the paint are gone. POSIX.
 */
#define _POSIX_C_SOURCE 200112L
#include <chatfile.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK (1024 * 1024)
#define PAINT 0xA5

static char **arguments;

static void *round_trip(void *unused)
{
    static const char content[100000] = "content";
    chatfile_easemob easemob = CHATFILE_EASEMOB_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_client *client = NULL;
    chatfile_upload_result *stored = NULL;
    chatfile_download_result *fetched = NULL;
    void *failed = arguments;
    (void)unused;
    easemob.base_url = arguments[1];
    easemob.app_key = arguments[2];
    easemob.client_id = arguments[3];
    easemob.client_secret = arguments[4];
    options.ca_certificates_path = arguments[5];
    sink.to_memory = 1;
    source.data = content;
    source.data_size = sizeof content;
    if (chatfile_open_easemob(&easemob, &options, &client, NULL) == CHATFILE_OK &&
        chatfile_upload(client, &source, NULL, &stored, NULL) == CHATFILE_OK &&
        chatfile_download(client, chatfile_upload_result_file(stored), &sink, NULL, &fetched, NULL) == CHATFILE_OK)
        failed = NULL;
    chatfile_download_result_free(fetched);
    chatfile_upload_result_free(stored);
    chatfile_client_free(client);
    return failed;
}

int main(int argc, char **argv)
{
    void *memory, *failed;
    unsigned char *stack;
    pthread_attr_t how;
    pthread_t thread;
    size_t left = 0;
    if (argc < 5 || argc > 6 || posix_memalign(&memory, 4096, STACK) != 0)
        return 2;
    arguments = argv;
    stack = memory;
    memset(stack, PAINT, STACK);
    if (pthread_attr_init(&how) != 0 || pthread_attr_setstack(&how, stack, STACK) != 0)
        return 2;
    if (pthread_create(&thread, &how, round_trip, NULL) != 0 || pthread_join(thread, &failed) != 0 || failed != NULL)
        return 1;
    pthread_attr_destroy(&how);
    /* It grows downwards. */
    while (left < STACK && stack[left] == PAINT)
        left++;
    printf("%lu\n", (unsigned long)(STACK - left));
    free(memory);
    return 0;
}
