/*
 * Eight threads share one client: threads BASE_URL APP_KEY CLIENT_ID CLIENT_SECRET. Each sends files of its own and
 * fetches them again; fails if one gets other bytes than it sent.
 */
#define _POSIX_C_SOURCE 200112L
#include <chatfile.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 3
#define SIZE 100000

static chatfile_client *client;
static pthread_barrier_t together;

/* 0 if what was sent comes back. */
static int round_trip(unsigned char *content)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_upload_result *stored;
    chatfile_download_result *fetched;
    chatfile_error *error;
    int wrong = 1;
    sink.to_memory = 1;
    source.data = content;
    source.data_size = SIZE;
    if (chatfile_upload(client, &source, NULL, &stored, &error) != CHATFILE_OK) {
        fprintf(stderr, "upload: %s\n", chatfile_error_message(error));
        chatfile_error_free(error);
        return 1;
    }
    if (chatfile_download(client, chatfile_upload_result_file(stored), &sink, NULL, &fetched, &error) == CHATFILE_OK)
        wrong = chatfile_download_result_size(fetched) != SIZE ||
                memcmp(chatfile_download_result_data(fetched), content, SIZE) != 0;
    else
        fprintf(stderr, "download: %s\n", chatfile_error_message(error));
    chatfile_error_free(error);
    chatfile_download_result_free(fetched);
    chatfile_upload_result_free(stored);
    return wrong;
}

static void *work(void *number)
{
    unsigned char *content = malloc(SIZE);
    size_t failures = 0;
    int round;
    pthread_barrier_wait(&together);
    for (round = 0; round < ROUNDS; round++) {
        memset(content, (int)(*(int *)number * ROUNDS + round), SIZE);
        failures += (size_t)round_trip(content);
    }
    free(content);
    return failures > 0 ? number : NULL;
}

int main(int argc, char **argv)
{
    chatfile_easemob config = CHATFILE_EASEMOB_INIT;
    pthread_t threads[THREADS];
    int numbers[THREADS];
    int failures = 0;
    int i;
    if (argc != 5)
        return 2;
    config.base_url = argv[1];
    config.app_key = argv[2];
    config.client_id = argv[3];
    config.client_secret = argv[4];
    if (chatfile_open_easemob(&config, NULL, &client, NULL) != CHATFILE_OK)
        return 2;
    pthread_barrier_init(&together, NULL, THREADS);
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, work, &numbers[i]) != 0)
            return 2;
    }
    for (i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        failures += failed != NULL;
    }
    pthread_barrier_destroy(&together);
    chatfile_client_free(client);
    return failures > 0;
}
