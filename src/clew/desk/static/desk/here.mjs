// Searches around the phone's own position, where the phone gives it. Without this, type the place.
const form = document.getElementById("near");
const button = document.getElementById("here");
const says = document.getElementById("here-says");

if (form && button && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => {
    says.textContent = "Finding your location…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.latitude.value = coords.latitude.toFixed(5);
        form.elements.longitude.value = coords.longitude.toFixed(5);
        form.elements.record.value = "";
        form.requestSubmit();
      },
      () => { says.textContent = "Your device did not give its location. Enter the latitude and longitude."; },
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  });
}
